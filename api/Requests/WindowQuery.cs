using FleetMonitor.Core.Specs;

namespace FleetMonitor.Api.Requests;

/// <summary>Windows and steps as they stand in queries: durations, of those that panes fill exactly.</summary>
internal static class WindowQuery
{
    /// <summary>Steps of a history.</summary>
    public static readonly IReadOnlyList<string> Steps = ["1m", "1h", "1d"];

    /// <summary>A window that was asked for; null when none was, an error when it cannot be one.</summary>
    public static (TimeSpan? Window, string? Error) Parse(string? text)
    {
        if (text is null) return (null, null);
        if (Duration.TryParse(text, out var window) && SpecValidation.IsWindow(window)) return (window, null);
        return (null, $"window: expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d, such as 5m, 1h, 24h or 7d; got \"{Shorten(text)}\"");
    }

    /// <summary>A step that was asked for; an hour when none was, an error when it cannot be one.</summary>
    public static (TimeSpan Step, string? Error) ParseStep(string? text) =>
        Duration.TryParse(text ?? "1h", out var step) && (step == TimeSpan.FromMinutes(1) || step == TimeSpan.FromHours(1) || step == TimeSpan.FromDays(1))
            ? (step, null)
            : (default, $"step: expected {string.Join(", ", Steps)}; got \"{Shorten(text!)}\"");

    public static string Shorten(string text) => text.Length <= 40 ? text : $"{text[..40]}…";
}
