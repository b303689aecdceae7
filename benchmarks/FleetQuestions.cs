using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Testing;

namespace FleetMonitor.Benchmarks;

/// <summary>How long a silo with a fleet takes to answer what people and Prometheus ask of all of it.</summary>
internal static class FleetQuestions
{
    private const int Repetitions = 7;

    public static async Task AskAsync(SiloSite site, int models)
    {
        await TimeAsync(site, "scrape of /metrics", "metrics");
        await TimeAsync(site, "scrape of /metrics/features", "metrics/features");
        await TimeAsync(site, "the 50 models most in trouble", "v1/models?sort=trouble&page_size=50");
        await TimeAsync(site, "the last page of all, by their last prediction", string.Create(CultureInfo.InvariantCulture, $"v1/models?sort=last_prediction&page_size=50&page={(models + 49) / 50}"));
        await TimeAsync(site, "500 by name, from the middle", string.Create(CultureInfo.InvariantCulture, $"v1/models?sort=name&page_size=500&page={Math.Max(1, models / 1000)}"));
        await TimeAsync(site, "those of a task and a state", "v1/models?task=binary&state=live");
        await TimeAsync(site, "a search by name", string.Create(CultureInfo.InvariantCulture, $"v1/models?search={BenchFleet.Name(models / 2)}"));
    }

    public static async Task TimeAsync(SiloSite site, string what, string path)
    {
        var (times, bytes) = (new double[Repetitions], 0L);
        for (var i = 0; i < Repetitions; i++)
        {
            var started = Stopwatch.GetTimestamp();
            bytes = (await site.Http.GetByteArrayAsync(new Uri(path, UriKind.Relative))).LongLength;
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: median {Rounds.Median(times):0} ms, slowest {times.Max():0} ms, {bytes / 1e6:0.00} MB"));
    }
}
