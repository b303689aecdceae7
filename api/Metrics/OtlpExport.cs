using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace FleetMonitor.Api.Metrics;

/// <summary>Sends the application's metrics, and a share of its requests' traces, to a collector. Nothing of it exists where no collector is named.</summary>
internal static class OtlpExport
{
    public static void AddOtlpExport(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<OtlpOptions>().BindConfiguration(OtlpOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OtlpOptions>, OtlpOptionsValidator>();
        services.AddSingleton<IValidateOptions<OtlpOptions>, OtlpEndpointValidator>();
        if (string.IsNullOrEmpty(builder.Configuration[$"{OtlpOptions.Section}:{nameof(OtlpOptions.Endpoint)}"])) return;
        services.AddOptions<OtlpExporterOptions>().Configure<IOptions<OtlpOptions>>((exporter, otlp) =>
        {
            exporter.Protocol = otlp.Value.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
            exporter.Headers = otlp.Value.Headers;
        });
        services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddOtlpExporter((exporter, reader) =>
            {
                var otlp = Bound(builder.Configuration);
                exporter.Endpoint = Signal(otlp, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)otlp.Interval.TotalMilliseconds;
            }))
            .WithTracing(traces => traces
                .SetSampler(provider => new ParentBasedSampler(new TraceIdRatioBasedSampler(provider.GetRequiredService<IOptions<OtlpOptions>>().Value.TraceRatio)))
                .AddAspNetCoreInstrumentation(requests => requests.Filter = IsTraced)
                .AddOtlpExporter(exporter => exporter.Endpoint = Signal(Bound(builder.Configuration), "v1/traces")));
    }

    private static OtlpOptions Bound(IConfiguration configuration) => configuration.GetSection(OtlpOptions.Section).Get<OtlpOptions>() ?? new OtlpOptions();

    private static Uri Signal(OtlpOptions otlp, string path) => otlp.Protocol == OtlpProtocol.Grpc ? new Uri(otlp.Endpoint) : new Uri($"{otlp.Endpoint.TrimEnd('/')}/{path}");

    /// <summary>Probes and scrapes come every few seconds and tell nothing.</summary>
    private static bool IsTraced(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) && !context.Request.Path.StartsWithSegments("/metrics", StringComparison.Ordinal);
}
