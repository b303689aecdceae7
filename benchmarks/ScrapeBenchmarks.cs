using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Api.Metrics;
using FleetMonitor.Core;
using FleetMonitor.Grains.Series;
using FleetMonitor.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Benchmarks;

/// <summary>A scrape of many models: what it costs the server, and what a real Prometheus with the project's rules makes of it.</summary>
/// <remarks>
/// The page is the API's own, behind Kestrel. Two monitors with traffic, labels and 20 features, one of which has drifted, say what every model's series are
/// rendered from.
/// </remarks>
internal static class ScrapeBenchmarks
{
    private const int Scrapes = 9;

    // A model in so many has drifted.
    private const int DriftedEvery = 50;

    public static async Task<int> RunAsync(string[] args)
    {
        int models = 10_000, seconds = 0;
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number == 0) return await UsageAsync();
            switch (args[i])
            {
                case "--models": models = number; break;
                case "--prometheus": seconds = number; break;
                default: return await UsageAsync();
            }
        }
        var port = FreePorts.Find(1)[0];
        await using var app = await ServeAsync(port, models);
        using var http = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")),
            Timeout = TimeSpan.FromMinutes(2) };
        await MeasureAsync(http, "", models);
        await MeasureAsync(http, "gzip", models);
        if (seconds > 0) await ScrapeWithPrometheus.RunAsync(http.BaseAddress.Authority, TimeSpan.FromSeconds(seconds));
        return 0;
    }

    private static async Task<int> UsageAsync()
    {
        await Console.Error.WriteLineAsync("scrape [--models N] [--prometheus SECONDS]");
        return 2;
    }

    private static async Task<WebApplication> ServeAsync(int port, int models)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        builder.Services.AddSingleton<ModelSeriesRegistry>();
        builder.AddFleetTelemetry();
        var app = builder.Build();
        app.MapMetrics();
        Fill(app.Services.GetRequiredService<ModelSeriesRegistry>(), models);
        await app.StartAsync();
        return app;
    }

    private static void Fill(ModelSeriesRegistry registry, int models)
    {
        var quiet = CoreBenchmarks.Filled(minutes: 150, labels: true);
        var drifted = CoreBenchmarks.Filled(minutes: 150, labels: true, shift: 0.5);
        var now = CoreBenchmarks.Start + (150 * UnixTime.Minute);
        var (quietScore, driftedScore) = (quiet.Score(now), drifted.Score(now));
        for (var i = 0; i < models; i++)
        {
            var (monitor, score) = i % DriftedEvery == 0 ? (drifted, driftedScore) : (quiet, quietScore);
            var model = monitor.Describe(now) with
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"model-{i:00000}"),
                Spec = monitor.Spec with { Team = $"team-{i % 20}", Family = $"family-{i % 200}", Tier = i % 10 == 0 ? "1" : "2" },
            };
            registry.Publish(model.Name, model.State, ModelSeries.Render(new SeriesInput(model, score, i + 1)), i + 1);
        }
    }

    /// <summary>Time to the last byte, and what the process (its client with it) allocates meanwhile.</summary>
    private static async Task MeasureAsync(HttpClient http, string encoding, int models)
    {
        var times = new double[Scrapes];
        var allocated = new double[Scrapes];
        long bytes = 0;
        for (var round = -1; round < Scrapes; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var started = Stopwatch.GetTimestamp();
            bytes = await DrainAsync(http, encoding);
            if (round < 0) continue;
            times[round] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            allocated[round] = (GC.GetTotalAllocatedBytes(precise: true) - before) / 1e6;
        }
        var what = $"/metrics of {models} models, {(encoding.Length == 0 ? "as it is" : encoding)}";
        var took = string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB in {Rounds.Median(times):0} ms (worst {times.Max():0})");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-40}{took}, {Rounds.Median(allocated):0.0} MB allocated (worst {allocated.Max():0.0})"));
    }

    private static async Task<long> DrainAsync(HttpClient http, string encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "metrics");
        if (encoding.Length > 0) request.Headers.AcceptEncoding.ParseAdd(encoding);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64 << 10];
        long bytes = 0;
        for (int read; (read = await body.ReadAsync(buffer)) > 0;) bytes += read;
        return bytes;
    }
}
