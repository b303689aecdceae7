using FleetMonitor.Api;
using FleetMonitor.Api.Configuration;
using FleetMonitor.Api.Grpc;
using FleetMonitor.Api.Hosting;

namespace FleetMonitor.Silo;

/// <summary>The silo: Orleans, the store and the API in one process.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => FleetProcess.RunAsync("fleet-monitor", async () =>
    {
        var builder = WebApplication.CreateBuilder(FleetConfiguration.Arguments(args));
        builder.AddFleetConfiguration(SiloSections.All);
        builder.AddFleetSilo();
        builder.AddFleetApi();
        builder.AddFleetGrpc();

        await using var app = builder.Build();
        if (FleetConfiguration.PrintIfAsked(app.Services, args)) return;
        app.RequireStartable();
        app.RequireSiloStartable();
        app.MapFleetApi();
        app.MapFleetGrpc();
        app.MapDashboard();
        await app.RunToEndAsync();
    });
}
