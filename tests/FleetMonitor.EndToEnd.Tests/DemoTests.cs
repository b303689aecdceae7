using System.Diagnostics;
using System.Text.Json;
using Xunit.Abstractions;

namespace FleetMonitor.EndToEnd.Tests;

[Collection(nameof(DemoFleet))]
public sealed class DemoTests(ITestOutputHelper output)
{
    /// <summary>What the demo promises who watches it.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Demo_WithinThreeMinutes_ShowsEveryTrouble()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        await using var demo = ChildProcess.Start("dotnet", [Repository.CliDll, "demo", "--to", site.Address.ToString()]);
        string Said() => $"{demo.Said}\n{silo.Said}";
        var watch = Stopwatch.StartNew();
        TimeSpan Left() => Promised - watch.Elapsed;

        // First all is well.
        MetricsPage page = new("");
        await Wait.UntilAsync(
            async () =>
            {
                page = await site.Http.GetMetricsAsync();
                return page.Models.Count() >= 5 && page.Models.All(model => page.Value("model_drift_detected", model) == 0);
            },
            Left(),
            () => $"a quiet fleet.\n{Said()}");
        var models = page.Models.ToArray();
        output.WriteLine($"{models.Length} models, all quiet after {watch.Elapsed.TotalSeconds:0} s");

        string? drifted = null;
        await Wait.UntilAsync(
            async () =>
            {
                page = await site.Http.GetMetricsAsync();
                drifted = models.SingleOrDefault(model => page.Value("model_drift_detected", model) == 1);
                return drifted is not null;
            },
            Left(),
            () => $"a model's drift.\n{Said()}");
        output.WriteLine($"{drifted} drifted after {watch.Elapsed.TotalSeconds:0} s");

        foreach (var (kind, text) in (Dictionary<string, string>)new() { ["drift"] = "ks", ["accuracy"] = "<", ["missing"] = "share" })
        {
            var (model, alert) = await Wait.ForAsync(() => FindAsync(site.Http, models, kind), Left(), () => $"an alert of {kind}.\n{Said()}");
            output.WriteLine($"{model} after {watch.Elapsed.TotalSeconds:0} s: {alert}");
            Assert.Contains(text, alert.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Equal(kind == "drift", model == drifted);
        }

        // The most troubled come first.
        var list = await site.Http.GetJsonAsync("v1/models?sort=trouble");
        Assert.True(list.GetProperty("models")[0].GetProperty("summary").GetProperty("trouble").GetDouble() > 0);
        demo.Terminate();
        var ended = await demo.EndAsync(TimeSpan.FromSeconds(10));
        Assert.True(ended.ExitCode == 0 && ended.Errors.Length == 0, ended.ToString());
    }

    private static async Task<Found?> FindAsync(HttpClient http, IEnumerable<string> models, string kind)
    {
        foreach (var model in models)
        {
            var alerts = (await http.GetJsonAsync($"v1/models/{model}")).GetProperty("headline").GetProperty("alerts");
            foreach (var alert in alerts.EnumerateArray().Where(alert => alert.GetProperty("kind").GetString() == kind)) return new Found(model, alert);
        }
        return null;
    }

    private sealed record Found(string Model, JsonElement Alert);
}
