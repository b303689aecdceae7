using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Testing;

namespace FleetMonitor.Benchmarks;

/// <summary>Three ways in which a fleet comes into being, each on a fresh silo: by its traffic, by its owners, and from a folder of spec files.</summary>
internal static class FleetRegistration
{
    private const int FirstPredictions = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task ByTrafficAsync(int models)
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        var watch = Stopwatch.StartNew();
        await new BenchFleet(site.Http, models, FirstPredictions).SendAsync();
        Print($"registered by their first {FirstPredictions} predictions: {watch.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>From the start of the process until the last model is there.</summary>
    public static async Task FromFilesAsync(int models)
    {
        using var folder = new TempFolder();
        for (var model = 0; model < models; model++)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, BenchFleet.Name(model) + ".json"), $$"""{"model":"{{BenchFleet.Name(model)}}",{{BenchFleet.Spec[1..]}}""");
        }
        using var site = new SiloSite();
        var watch = Stopwatch.StartNew();
        await using var silo = await site.StartAsync("--specs", folder.Path);
        var ready = watch.Elapsed;
        while (await BenchFleet.HostedAsync(site.Http) < models && watch.Elapsed < Patience) await Task.Delay(TimeSpan.FromSeconds(0.5));
        Print($"registered from {models:N0} spec files, from the start: {watch.Elapsed.TotalSeconds:0.0} s, ready after {ready.TotalSeconds:0.0} s");
        await FleetQuestions.TimeAsync(site, "/v1/specs of these files", "v1/specs");
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
