using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Benchmarks.Simulator;
using FleetMonitor.Testing;

namespace FleetMonitor.Benchmarks;

/// <summary>What ten thousand models cost one silo: to register, to keep, to scrape, to list, and to bring back.</summary>
internal static class FleetBenchmarks
{
    private const int Predictions = 200;
    private const int Repetitions = 7;
    private const string Usage = "benchmarks fleet [--models N]";
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30), Patience = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(string[] args)
    {
        if (BenchArguments.Models(args, 1) is not { } models)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        var empty = Resident(silo.Id);
        var fleet = new BenchFleet(site.Http, models, Predictions);
        var watch = Stopwatch.StartNew();
        await fleet.RegisterAsync();
        Print($"{models:N0} models of 20 features registered: {watch.Elapsed.TotalSeconds:0.0} s");
        watch.Restart();
        await fleet.SendAsync(TimeSpan.FromHours(1));
        Print($"{Predictions} predictions to each, over the last hour, references captured: {watch.Elapsed.TotalSeconds:0.0} s");
        await MeasureAsync(site, silo, models);
        Print($"resident memory: {(Resident(silo.Id) - empty) / 1024.0 / models:0} KiB a model beside {empty / (1024.0 * 1024):0} MiB of the empty silo");

        await silo.KillAsync();
        watch.Restart();
        await using var again = await site.StartAsync();
        while (await BenchFleet.HostedAsync(site.Http) < models && watch.Elapsed < Patience) await Task.Delay(TimeSpan.FromSeconds(0.5));
        Print($"killed and started again: ready, and all models back after {watch.Elapsed.TotalSeconds:0.0} s");
        var wrong = await fleet.MiscountedAsync();
        Print($"models whose counts are not what was sent: {wrong}");
        return wrong == 0 ? 0 : 1;
    }

    private static async Task MeasureAsync(SiloSite site, SiloProcess silo, int models)
    {
        var cpu = ProcessCpu.Seconds([silo.Id]);
        await Task.Delay(Idle);
        Print($"CPU with no traffic, each model scored and rendered every 5 s: {(ProcessCpu.Seconds([silo.Id]) - cpu) / Idle.TotalSeconds:P0} of a core");
        await TimeAsync(site, "scrape of /metrics", "metrics");
        await TimeAsync(site, "scrape of /metrics/features", "metrics/features");
        await TimeAsync(site, "the 50 models most in trouble", "v1/models?sort=trouble&page_size=50");
        await TimeAsync(site, "a search by name", string.Create(CultureInfo.InvariantCulture, $"v1/models?search=fleet-{models / 2:00000}"));
    }

    private static async Task TimeAsync(SiloSite site, string what, string path)
    {
        var (times, bytes) = (new double[Repetitions], 0L);
        for (var i = 0; i < Repetitions; i++)
        {
            var started = Stopwatch.GetTimestamp();
            bytes = (await site.Http.GetByteArrayAsync(new Uri(path, UriKind.Relative))).LongLength;
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        Print($"{what}: median {Rounds.Median(times):0} ms, slowest {times.Max():0} ms, {bytes / 1e6:0.00} MB");
    }

    /// <summary>Bytes that a process holds in memory.</summary>
    private static long Resident(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.WorkingSet64;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
