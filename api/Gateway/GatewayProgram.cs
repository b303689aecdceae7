using FleetMonitor.Api.Configuration;
using FleetMonitor.Api.Grpc;
using FleetMonitor.Api.Hosting;
using Microsoft.AspNetCore.Builder;

namespace FleetMonitor.Api.Gateway;

/// <summary>The gateway: the API as a process of its own, in front of silos.</summary>
public static class GatewayProgram
{
    public static Task<int> Main(string[] args) => FleetProcess.RunAsync("fleet-monitor gateway", async () =>
    {
        var builder = WebApplication.CreateBuilder(FleetConfiguration.Arguments(args));
        builder.AddFleetConfiguration(new OptionsSection(GatewayOptions.Section, typeof(GatewayOptions)));
        builder.AddFleetGateway();
        builder.AddFleetApi();
        builder.AddFleetGrpc();

        await using var app = builder.Build();
        if (FleetConfiguration.PrintIfAsked(app.Services, args)) return;
        app.RequireStartable();
        app.UseOnceConnected();
        app.MapFleetApi();
        app.MapFleetGrpc();
        await app.RunToEndAsync();
    });
}
