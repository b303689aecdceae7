using System.Net;

namespace FleetMonitor.Client;

/// <summary>The server said no, or could not be reached within the attempts allowed.</summary>
public sealed class FleetMonitorException : Exception
{
    public FleetMonitorException() { }
    public FleetMonitorException(string message) : base(message) { }
    public FleetMonitorException(string message, Exception? inner) : base(message, inner) { }

    internal FleetMonitorException(HttpStatusCode status, string? title, string? detail, IReadOnlyList<ItemError>? errors)
        : base(Describe(status, title, detail, errors))
    {
        Status = status;
        Title = title;
        Detail = detail;
        Errors = errors ?? [];
    }

    /// <summary>Null when the server could not be reached.</summary>
    public HttpStatusCode? Status { get; }

    public string? Title { get; }

    /// <summary>What is wrong, as the server says it.</summary>
    public string? Detail { get; }

    /// <summary>The items at fault, where the request was a batch.</summary>
    public IReadOnlyList<ItemError> Errors { get; } = [];

    private static string Describe(HttpStatusCode status, string? title, string? detail, IReadOnlyList<ItemError>? errors)
    {
        var message = $"{(int)status} {title ?? status.ToString()}";
        if (!string.IsNullOrEmpty(detail)) message += $": {detail}";
        return errors is { Count: > 0 } ? $"{message} ({errors[0]}{(errors.Count > 1 ? $", and {errors.Count - 1} more" : "")})" : message;
    }
}
