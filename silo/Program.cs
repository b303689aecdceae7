using System.Net.Sockets;
using FleetMonitor.Api;
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

            await using var app = builder.Build();
            _ = app.Services.GetRequiredService<FleetStore>();
            app.MapFleetApi();
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
        StoreException => exception.Message,
        OptionsValidationException => $"its configuration is wrong: {exception.Message}",
        IOException { InnerException: { } inner } when exception.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase) =>
            $"{exception.Message.TrimEnd('.')} ({inner.GetType().Name}). Stop what listens there, or choose another address with --urls.",
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            "a port for Orleans (FleetMonitor:Silo:SiloPort or GatewayPort) is already in use: is another silo running on this machine?",
        { InnerException: { } cause } => Explain(cause),
        _ => null,
    };
}
