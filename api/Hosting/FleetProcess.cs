using FleetMonitor.Api.Access;
using FleetMonitor.Api.Configuration;
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

    /// <summary>Runs until it is told to end. Told so while it still starts, it ends as well as later.</summary>
    public static async Task RunToEndAsync(this WebApplication app)
    {
        // Asked for now: by then its services are gone.
        var (started, stopping) = (app.Lifetime.ApplicationStarted, app.Lifetime.ApplicationStopping);
        try
        {
            await app.RunAsync();
        }
        catch (Exception) when (stopping.IsCancellationRequested && !started.IsCancellationRequested)
        {
            // The start was given up; the host has logged at which point, which each of its parts tells by an exception of its own.
        }
    }

    /// <summary>Finds what would keep the process from working before anything of it has started: options, all that is wrong with them, then tokens and
    /// ports.</summary>
    /// <exception cref="StartException">Something would.</exception>
    public static void RequireStartable(this WebApplication app)
    {
        List<string> mistakes = [.. app.Services.GetService<ConfigurationMistakes>()?.Texts ?? []];
        try
        {
            app.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception exception) when (Failures(exception) is { Count: > 0 } failures)
        {
            mistakes.AddRange(failures);
        }
        if (mistakes.Count > 0) throw new StartException(Misconfigured(mistakes));
        if (app.Services.GetRequiredService<IOptions<AccessOptions>>().Value.TokensFile.Length > 0) _ = app.Services.GetRequiredService<TokenFile>().Open();
        ListeningPorts.RequireFree(app.Services);
    }

    /// <summary>What an operator can act on, in one line; null for what is a fault of ours.</summary>
    private static string? Explain(Exception exception) => exception switch
    {
        StartException or StoreException => exception.Message,
        _ when Failures(exception) is { Count: > 0 } failures => Misconfigured(failures),
        // A value that is not of its option's type is found when it is bound, before any validator sees it.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => Misconfigured([exception.Message]),
        IOException { InnerException: AddressInUseException } => exception.Message,
        { InnerException: { } cause } => Explain(cause),
        _ => null,
    };

    /// <summary>What validators found, each with the section that it is about; nothing where they did not speak.</summary>
    private static List<string> Failures(Exception exception) => exception switch
    {
        OptionsValidationException wrong => [.. wrong.Failures.Select(failure => FleetConfiguration.InSection(wrong.OptionsType, failure))],
        AggregateException { InnerExceptions: var several } when several.All(e => e is OptionsValidationException) => [.. several.SelectMany(Failures)],
        _ => [],
    };

    private static string Misconfigured(List<string> mistakes) => mistakes.Count == 1
        ? $"its configuration is wrong: {mistakes[0]}"
        : $"its configuration is wrong in {mistakes.Count} places:{string.Concat(mistakes.Select(mistake => $"\n  {mistake}"))}";
}
