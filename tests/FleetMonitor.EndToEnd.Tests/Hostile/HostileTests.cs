using FleetMonitor.Testing.Hostile;
using Xunit.Abstractions;

namespace FleetMonitor.EndToEnd.Tests.Hostile;

[Collection(nameof(Servers))]
public sealed class HostileTests(ITestOutputHelper output)
{
    private const int Requests = 20_000;

    /// <summary>Within bounds that such a number reaches.</summary>
    private static readonly string[] Bounds = ["--FleetMonitor:Models:MaxModels", "300", "--FleetMonitor:Models:MaxNewModelsPerSecond", "20", "--FleetMonitor:Server:HeadersTimeout", "00:00:05"];

    /// <summary>No 5xx of its own, nothing good lost, nothing bad kept, no memory that grows, and others are served.</summary>
    [Fact]
    public async Task Server_UnderHostileTraffic_StaysSoundAndServesOthers()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync(Bounds);
        var report = await new HostileRun(site.Address, new Uri($"http://{site.GrpcTarget}"), Requests, workers: 4, seed: 1, silo.Id).RunAsync();
        output.WriteLine(report.ToString());
        Assert.Empty(report.Faults);
        Assert.True(report.Kept > 1_000 && report.Polite > 0 && report.Dribbled > 0, report.ToString());
        var (first, second) = report.MemoryPeaks;
        Assert.True(second < (first * 3 / 2) + (100 << 20), report.ToString());
        silo.IsSound();

        var page = await site.Http.GetMetricsAsync();
        foreach (var bound in (string[])["models", "body_bytes", "url_bytes", "header_bytes", "body_rate"])
        {
            Assert.True(page.Text.Split('\n').Any(line => line.StartsWith($"fleetmonitor_bound_exceeded_total{{bound=\"{bound}\"}}", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal)), bound);
        }
        Assert.InRange((await site.Http.GetJsonAsync("v1/models?page_size=1")).GetProperty("total").GetInt32(), 1, 300);
    }
}
