using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Ingest;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace FleetMonitor.Api.Metrics;

/// <summary>The application's own telemetry. The models' series do not go through it: it stops at 2,000 points a metric.</summary>
public static class FleetTelemetry
{
    private static readonly string[] Meters = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Microsoft.Orleans", "FleetMonitor.*"];

    public static void AddFleetTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<IngestMetrics>();
        builder.Services.AddSingleton<ScrapeGate>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<FleetGauges>();
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("fleetmonitor", autoGenerateServiceInstanceId: false))
            .WithMetrics(metrics => metrics
                .AddMeter(Meters)
                .AddInstrumentation(services => services.GetRequiredService<FleetGauges>())
                .AddPrometheusExporter(exporter =>
                {
                    // What a scrape says is true now, like the models' series behind it; there is little to compute.
                    exporter.ScrapeResponseCacheDurationMilliseconds = 0;
                    exporter.ScopeInfoEnabled = false;
                    exporter.TargetInfoEnabled = false;
                }));
        builder.AddOtlpExport();
    }
}
