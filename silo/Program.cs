using FleetMonitor.Api;
using FleetMonitor.Api.Grpc;
using FleetMonitor.Storage;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Silo;

/// <summary>The silo: Orleans, the store and the API in one process.</summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(args);
            builder.AddFleetSilo();
            builder.AddFleetApi();
            builder.AddFleetGrpc();

            await using var app = builder.Build();
            app.RequireStartable();
            app.MapFleetApi();
            app.MapFleetGrpc();
            app.MapDashboard();
            await app.RunAsync();
            return 0;
        }
        catch (Exception exception) when (Explain(exception) is { } reason)
        {
            await Console.Error.WriteLineAsync($"fleet-monitor cannot start: {reason}");
            return 1;
        }
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
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => exception.Message,
        { InnerException: { } cause } => Explain(cause),
        _ => null,
    };

    private static string Misconfigured(IEnumerable<string> failures) => $"its configuration is wrong: {string.Join(' ', failures)}";
}
