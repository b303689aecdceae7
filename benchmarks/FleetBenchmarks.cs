using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Benchmarks.Simulator;
using FleetMonitor.Testing;

namespace FleetMonitor.Benchmarks;

/// <summary>What ten thousand models cost one silo: to register, to keep, to scrape, to list, to let go and to bring back.</summary>
internal static class FleetBenchmarks
{
    private const int Predictions = 200;
    private const string Usage = "benchmarks fleet [--models N]";
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60), Settled = TimeSpan.FromSeconds(15), Patience = TimeSpan.FromMinutes(10);

    public static async Task<int> RunAsync(string[] args)
    {
        if (BenchArguments.Models(args, 1) is not { } models)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        Print($"{models:N0} models of 20 features, a silo as in production");
        using var site = new SiloSite();
        await using var silo = await StartAsync(site);
        var (empty, emptyHeap) = (Resident(silo.Id), await LiveHeap.BytesAsync(silo));
        var fleet = new BenchFleet(site.Http, models, Predictions);
        var watch = Stopwatch.StartNew();
        await fleet.RegisterAsync();
        Print($"registered by their specs: {watch.Elapsed.TotalSeconds:0.0} s");
        watch.Restart();
        await fleet.SendAsync(TimeSpan.FromHours(1));
        Print($"{Predictions} predictions to each, over the last hour, references captured: {watch.Elapsed.TotalSeconds:0.0} s");
        await KeepAsync(silo, models, empty, emptyHeap);
        await FleetQuestions.AskAsync(site, models);

        await silo.KillAsync();
        watch.Restart();
        await using var again = await StartAsync(site);
        Print($"killed and started again: ready after {watch.Elapsed.TotalSeconds:0.0} s");
        await BackAsync(site, models);
        Print($"all models back after {watch.Elapsed.TotalSeconds:0.0} s: {Predictions * models / watch.Elapsed.TotalSeconds:N0} events/s of the log, {ProcessCpu.Seconds([again.Id]):0} CPU-seconds");
        var wrong = await fleet.MiscountedAsync();
        Print($"models whose counts are not what was sent: {wrong}");
        watch.Restart();
        var ended = await again.StopAsync();
        Print($"told to end, and gone after {watch.Elapsed.TotalSeconds:0.0} s (exit code {ended.ExitCode})");

        await FleetRegistration.ByTrafficAsync(models);
        await FleetRegistration.FromFilesAsync(models);
        return wrong == 0 && ended.ExitCode == 0 ? 0 : 1;
    }

    /// <summary>What it costs to keep the fleet while nothing comes in.</summary>
    private static async Task KeepAsync(SiloProcess silo, int models, long empty, double emptyHeap)
    {
        await Task.Delay(Settled);
        var (cpu, saved) = (ProcessCpu.Seconds([silo.Id]), await CheckpointsAsync(silo));
        await Task.Delay(Idle);
        Print($"CPU with no traffic, in the hour after it: {(ProcessCpu.Seconds([silo.Id]) - cpu) / Idle.TotalSeconds:P0} of a core");
        Print($"checkpoints: {await CheckpointsAsync(silo):0} in all, {(await CheckpointsAsync(silo) - saved) / Idle.TotalSeconds:0.0} a second meanwhile");
        var resident = Resident(silo.Id);
        var alive = await LiveHeap.BytesAsync(silo);
        Print($"memory: {(alive - emptyHeap) / 1024 / models:0} KiB a model alive beside {emptyHeap / (1024 * 1024):0} MiB of the empty silo");
        Print($"resident: {(resident - empty) / 1024.0 / models:0} KiB a model, {(Resident(silo.Id) - empty) / 1024.0 / models:0} after a collection, beside {empty / (1024.0 * 1024):0} MiB of the empty silo");
    }

    private static async Task BackAsync(SiloSite site, int models)
    {
        var watch = Stopwatch.StartNew();
        while (await BenchFleet.HostedAsync(site.Http) < models)
        {
            if (watch.Elapsed > Patience) throw new TimeoutException($"Not all models are back after {Patience}.");
            await Task.Delay(TimeSpan.FromSeconds(0.5));
        }
    }

    private static async Task<SiloProcess> StartAsync(SiloSite site)
    {
        var silo = site.LaunchAs("Production");
        await silo.ReadyAsync();
        return silo;
    }

    private static async Task<double> CheckpointsAsync(SiloProcess silo) =>
        (await silo.Http.GetMetricsAsync()).Samples.Where(line => line.StartsWith("fleetmonitor_checkpoint_saved_total", StringComparison.Ordinal)).Sum(MetricsPage.ValueOf);

    /// <summary>Bytes that a process holds in memory.</summary>
    private static long Resident(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.WorkingSet64;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
