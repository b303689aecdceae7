using FleetMonitor.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Hosting;

/// <summary>What silos and gateways have in common as processes: how they start, and what they say when they cannot.</summary>
public static class FleetProcess
{
    /// <summary>Runs a process to its end; what keeps it from starting becomes one line for the operator.</summary>
    /// <returns>The exit code: 0, or 1 when it could not start.</returns>
    public static async Task<int> RunAsync(string name, Func<Task> run)
    {
        try
        {
            await run();
            return 0;
        }
        catch (Exception exception) when (Explain(exception) is { } reason)
        {
            await Console.Error.WriteLineAsync($"{name} cannot start: {reason}");
            return 1;
        }
    }

    /// <summary>Finds what would keep the process from working before anything of it has started: options and ports.</summary>
    public static void RequireStartable(this WebApplication app)
    {
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        ListeningPorts.RequireFree(app.Services);
    }

    /// <summary>What an operator can act on, in one line; null for what is a fault of ours.</summary>
    private static string? Explain(Exception exception) => exception switch
    {
        StartException or StoreException => exception.Message,
        OptionsValidationException wrong => Misconfigured(wrong.Failures),
        AggregateException { InnerExceptions: var several } when several.All(e => e is OptionsValidationException) =>
            Misconfigured(several.Cast<OptionsValidationException>().SelectMany(e => e.Failures)),
        // A value that is not of its option's type is found when it is bound, before any validator sees it.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => Misconfigured([exception.Message]),
        IOException { InnerException: AddressInUseException } => exception.Message,
        { InnerException: { } cause } => Explain(cause),
        _ => null,
    };

    private static string Misconfigured(IEnumerable<string> failures) => $"its configuration is wrong: {string.Join(' ', failures)}";
}
