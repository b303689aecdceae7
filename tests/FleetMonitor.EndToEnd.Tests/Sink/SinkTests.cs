using System.Globalization;
using System.Text;

namespace FleetMonitor.EndToEnd.Tests.Sink;

[Collection(nameof(Servers))]
public sealed class SinkTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task Events_OfTheCloudEventsSdk_BecomePredictions()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        Assert.Equal("done\n", await NodeClient.RunAsync("sink.js", site.Address.ToString(), "from-node"));
        await Wait.UntilAsync(
            async () => await site.Http.AnswersAsync("v1/models/from-node") && (await site.Http.GetJsonAsync("v1/models/from-node")).GetProperty("counters").GetProperty("predictions").GetInt64() == 4,
            Deadline,
            () => $"the model's predictions\n{silo.Said}");
        var page = await site.Http.GetMetricsAsync();
        Assert.Equal(6, Count(page, "recorded"));
        Assert.Equal(1, Count(page, "malformed"));
        silo.IsSound();
    }

    /// <summary>
    /// Requests whose responses never come, many more than there is room for: each is answered with 200, and what is held stays within its bounds.
    /// </summary>
    [Fact]
    public async Task Events_MoreThanThereIsRoomFor_AreShedAndCounted()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync("--FleetMonitor:Sink:MaxWaiting", "100");
        for (var i = 0; i < 500; i++) await SendAsync(site, i);
        var page = await site.Http.GetMetricsAsync();
        Assert.Equal(400, Count(page, "shed"));
        Assert.Contains(page.Samples, line => line.StartsWith("fleetmonitor_sink_waiting", StringComparison.Ordinal) && line.EndsWith(" 100", StringComparison.Ordinal));
        silo.IsSound();
    }

    [Fact]
    public async Task Events_WhoseOtherHalfNeverComes_ExpireAndAreCounted()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync("--FleetMonitor:Sink:WaitFor", "00:00:01");
        for (var i = 0; i < 5; i++) await SendAsync(site, i);
        await Wait.UntilAsync(async () => Count(await site.Http.GetMetricsAsync(), "expired") == 5, Deadline, () => silo.Said);
        silo.IsSound();
    }

    private static async Task SendAsync(SiloSite site, int id)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"instances":[[1,2,3]]}"""));
        using var request = new HttpRequestMessage(HttpMethod.Post, "") { Content = content };
        request.Headers.Add("ce-specversion", "1.0");
        request.Headers.Add("ce-type", "org.kubeflow.serving.inference.request");
        request.Headers.Add("ce-source", "/");
        request.Headers.Add("ce-inferenceservicename", "orphans");
        request.Headers.Add("ce-id", id.ToString(CultureInfo.InvariantCulture));
        using var response = await site.Http.SendAsync(request);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
    }

    private static double Count(MetricsPage page, string outcome) =>
        MetricsPage.ValueOf(page.Samples.Single(line => line.StartsWith($"fleetmonitor_sink_events_total{{outcome=\"{outcome}\"", StringComparison.Ordinal)));
}
