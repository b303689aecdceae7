using System.Text;

namespace FleetMonitor.Cli.Tests;

public sealed class SegmentsTests : IDisposable
{
    private readonly LoopbackServer _server = new(TimeProvider.System);

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Segments_OfASlicedModel_ShowsTheWorstFirst()
    {
        await Send(HttpMethod.Put, "v1/models/m", """{"task":"binary","positive":"1","segments":["region"]}""");
        await Send(HttpMethod.Post, "v1/models/m/predictions", string.Concat(Enumerable.Range(0, 600).Select(i => $"{{\"id\":\"p{i}\",\"prediction\":\"1\",\"tags\":{{\"region\":\"{(i % 2 == 0 ? "us" : "eu")}\"}}}}\n")));
        await Send(HttpMethod.Post, "v1/models/m/labels", string.Concat(Enumerable.Range(0, 600).Select(i => $"{{\"id\":\"p{i}\",\"label\":\"{(i % 4 == 0 ? 0 : 1)}\"}}\n")));

        using var cli = new Cli { Handler = () => _server };
        var result = await cli.RunAsync("segments", "m", "--window", "1h", "--url", "http://localhost:8080");
        Assert.True(result.ExitCode == 0, result.Error);
        var lines = result.Out.Split('\n').Where(l => l.Contains("region", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("us", lines[0], StringComparison.Ordinal);
        Assert.Contains("0.500", lines[0], StringComparison.Ordinal);
        Assert.Contains("eu", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segments_OfAModelThatIsNotSliced_SaysSo()
    {
        await Send(HttpMethod.Put, "v1/models/m", "{}");
        using var cli = new Cli { Handler = () => _server };
        var result = await cli.RunAsync("segments", "m", "--window", "1h", "--url", "http://localhost:8080");
        Assert.Contains("names no segments", result.Out, StringComparison.Ordinal);
    }

    private async Task Send(HttpMethod method, string path, string body)
    {
        using var client = new HttpClient(_server, disposeHandler: false);
        using var request = new HttpRequestMessage(method, new Uri($"http://localhost:8080/{path}")) { Content = new StringContent(body, Encoding.UTF8) };
        (await client.SendAsync(request)).EnsureSuccessStatusCode();
    }
}
