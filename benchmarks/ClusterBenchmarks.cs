using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Testing;

namespace FleetMonitor.Benchmarks;

/// <summary>
/// What a cluster costs beside one silo, and how soon it has its models back, on one machine: the same NDJSON to a silo on SQLite, and to a gateway with three silos on PostgreSQL behind it, by
/// events per CPU-second of all their processes; then a fleet, and a third of it killed.
/// </summary>
internal static class ClusterBenchmarks
{
    private const int Silos = 3;
    private const int Predictions = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Batches of a busy sender, and of many small ones.</summary>
    private static readonly string[][] Loads = [["--rows", "1000"], ["--rows", "100", "--models", "100", "--connections", "16"]];

    private const string Usage = "benchmarks cluster [--models N]";

    public static async Task<int> RunAsync(string[] args)
    {
        if (BenchArguments.Models(args, Silos) is not { } models)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        var failed = await OneSiloAsync();
        // With every commit on disk, which tests do without.
        await using var cluster = await ClusterSite.StartAsync(await PostgresServer.StartAsync("fsync=on", "shared_buffers=256MB", "max_wal_size=4GB"), Silos);
        Print($"{Silos} silos, a gateway and PostgreSQL");
        int[] processes = [cluster.Gateway.Id, cluster.Postgres.Id, .. cluster.Silos.Select(silo => silo.Id)];
        failed += await IngestAsync(cluster.Gateway.Address, processes);
        return failed + await RecoverAsync(cluster, models) == 0 ? 0 : 1;
    }

    private static async Task<int> OneSiloAsync()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        Print($"one silo on SQLite");
        return await IngestAsync(site.Address, [silo.Id]);
    }

    /// <summary>Each load while the processes are fresh, and again when what is hot has been compiled.</summary>
    private static async Task<int> IngestAsync(Uri server, int[] processes)
    {
        string[] pids = ["--pids", string.Join(',', processes.Select(id => id.ToString(CultureInfo.InvariantCulture)))];
        var failed = 0;
        foreach (var pass in (string[])["fresh", "warm"])
        {
            Print($" {pass}");
            foreach (var load in Loads) failed += await IngestBenchmarks.RunAsync([server.ToString(), .. load, .. pids]);
        }
        return failed;
    }

    /// <summary>Registers a fleet, kills a silo, and waits until the others have its models.</summary>
    private static async Task<int> RecoverAsync(ClusterSite cluster, int models)
    {
        var fleet = new BenchFleet(cluster.Gateway.Http, models, Predictions);
        var watch = Stopwatch.StartNew();
        await fleet.SendAsync();
        var hosted = await HostedAsync(cluster);
        Print($"{models:N0} new models with {Predictions} predictions of 20 features each: {watch.Elapsed.TotalSeconds:0.0} s; on each silo {string.Join(", ", hosted)}");

        watch.Restart();
        await cluster.KillAsync(0);
        await Wait.UntilAsync(() => cluster.Silos.All(silo => silo.Output.Contains("Silos that are active: 2", StringComparison.Ordinal)), Patience, () => cluster.Said);
        var (declared, all) = (watch.Elapsed, hosted.Sum());
        // A page of thousands of models costs what it is to measure: it is asked for twice a second.
        using (var look = new PeriodicTimer(TimeSpan.FromSeconds(0.5)))
        {
            while ((await HostedAsync(cluster)).Sum() < all && watch.Elapsed < Patience) await look.WaitForNextTickAsync();
        }
        Print($"one of them killed: declared dead after {declared.TotalSeconds:0.0} s; its {hosted[0]:N0} models are back {(watch.Elapsed - declared).TotalSeconds:0.0} s later");

        var wrong = await fleet.MiscountedAsync();
        Print($"models whose counts are not what was sent: {wrong}");
        return wrong == 0 ? 0 : 1;
    }

    /// <summary>Models on each silo.</summary>
    private static async Task<long[]> HostedAsync(ClusterSite cluster) => await Task.WhenAll(cluster.Silos.Select(silo => BenchFleet.HostedAsync(silo.Http)));

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
