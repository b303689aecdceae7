using System.Collections.Concurrent;
using System.Text;
using FleetMonitor.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace FleetMonitor.Api.Tests.Metrics;

/// <summary>Against a collector that keeps what it is sent, in both of its protocols.</summary>
public sealed class OtlpTests
{
    [Theory]
    [InlineData("Grpc", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "/opentelemetry.proto.collector.trace.v1.TraceService/Export")]
    [InlineData("Http", "/otlp/v1/metrics", "/otlp/v1/traces")]
    public async Task Export_ToACollector_IsOfTheApplicationsMetricsAndTracesAndOfNoModels(string protocol, string metrics, string traces)
    {
        await using var collector = await Collector.StartAsync(protocol == "Grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var fleet = new Fleet
        {
            Settings = new Dictionary<string, string?>
            {
                ["FleetMonitor:Telemetry:Otlp:Endpoint"] = protocol == "Grpc" ? collector.Url : $"{collector.Url}/otlp/",
                ["FleetMonitor:Telemetry:Otlp:Protocol"] = protocol,
                ["FleetMonitor:Telemetry:Otlp:Headers"] = "x-key=mine",
                ["FleetMonitor:Telemetry:Otlp:Interval"] = "00:00:01",
                ["FleetMonitor:Telemetry:Otlp:TraceRatio"] = "1",
            },
        };
        await fleet.InitializeAsync();
        try
        {
            (await fleet.PostAsync("/v1/models/otlp/predictions", """[{"prediction":"1","features":{"secret-feature":"secret-value"}}]""")).Ok();
            await fleet.GetAsync("/health/live");
            await Wait.UntilAsync(
                () => Task.FromResult(collector.Received(metrics).Contains("fleetmonitor.ingest.predictions", StringComparison.Ordinal) && collector.Received(traces).Contains("/v1/models/otlp/predictions", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(30), () => $"exports; there were {string.Join(' ', collector.Paths)}");
            Assert.Contains("mine", collector.Keys);
            Assert.DoesNotContain("model_info", collector.Received(metrics), StringComparison.Ordinal);
            Assert.DoesNotContain("/health/live", collector.Received(traces), StringComparison.Ordinal);
            Assert.DoesNotContain("secret-", collector.Received(metrics) + collector.Received(traces), StringComparison.Ordinal);
            // Prometheus has the same as ever.
            Assert.Contains("fleetmonitor_ingest_predictions_total", (await fleet.GetAsync("/metrics")).Text, StringComparison.Ordinal);
        }
        finally
        {
            await fleet.DisposeAsync();
        }
    }

    private sealed class Collector : IAsyncDisposable
    {
        private readonly ConcurrentQueue<(string Path, string Text)> _exports = [];
        private readonly ConcurrentBag<string> _keys = [];
        private readonly WebApplication _app;

        private Collector(HttpProtocols protocol)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocol));
            _app = builder.Build();
            _app.Run(TakeAsync);
        }

        public string Url => _app.Urls.Single();

        public IEnumerable<string> Paths => _exports.Select(export => export.Path).Distinct();

        public IReadOnlyCollection<string> Keys => _keys;

        public static async Task<Collector> StartAsync(HttpProtocols protocol)
        {
            var collector = new Collector(protocol);
            await collector._app.StartAsync();
            return collector;
        }

        public string Received(string path) => string.Concat(_exports.Where(export => export.Path == path).Select(export => export.Text));

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task TakeAsync(HttpContext context)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            _keys.Add(context.Request.Headers["x-key"].ToString());
            _exports.Enqueue((context.Request.Path.ToString(), Encoding.Latin1.GetString(body.ToArray())));
            if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true) return;
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(new byte[5]);
        }
    }
}
