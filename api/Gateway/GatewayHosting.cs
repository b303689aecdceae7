using System.Globalization;
using FleetMonitor.Api.Hosting;
using FleetMonitor.Api.Problems;
using FleetMonitor.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Gateway;

internal static class GatewayHosting
{
    /// <summary>An Orleans client of the cluster: no model lives here, and no database is reached from here.</summary>
    public static WebApplicationBuilder AddFleetGateway(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey])) builder.WebHost.UseUrls(ListeningPorts.DefaultUrl);
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss  "))
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Orleans", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning);
        builder.Services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        var gateway = builder.Configuration.GetSection(GatewayOptions.Section).Get<GatewayOptions>() ?? new GatewayOptions();
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = gateway.DrainTimeout;
            // So that /health answers while the client still looks for a silo.
            host.ServicesStartConcurrently = true;
        });
        builder.Services.AddModelSerialization();
        builder.Services.AddSingleton<FleetWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<FleetWatch>());
        builder.Services.AddSingleton<FleetReadiness, GatewayReadiness>();
        builder.Services.AddSingleton<FleetMap, GatewayMap>();
        var cluster = builder.AddFleetClusterOptions();
        builder.UseOrleansClient(client =>
        {
            client.UseFleetClustering(cluster, gateway.LocalhostGatewayPort);
            // The first silo may come after the first gateway.
            client.UseConnectionRetryFilter<PatientConnection>();
        });
        return builder;
    }

    /// <summary>Until the client has found a silo, only health answers; everything else is to be tried again.</summary>
    public static void UseOnceConnected(this WebApplication app) => app.Use((context, next) =>
        app.Lifetime.ApplicationStarted.IsCancellationRequested || context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
            ? next(context)
            : Refuse(context));

    private static Task Refuse(HttpContext context)
    {
        context.Response.Headers.RetryAfter = Problem.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Problem.OfStatus(context.Response).ExecuteAsync(context);
    }
}
