using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace FleetMonitor.Api.Tests;

/// <summary>A fleet whose bounds are near.</summary>
public sealed class NarrowFleet : IAsyncLifetime
{
    public Fleet Fleet { get; } = new()
    {
        Settings = new Dictionary<string, string?>
        {
            ["FleetMonitor:Models:MaxModels"] = "12",
            ["FleetMonitor:Models:MaxNewModelsPerSecond"] = "1",
            ["FleetMonitor:Server:MaxMemoryBytes"] = "1048576",
            ["FleetMonitor:Server:MaxUrlBytes"] = "512",
            ["FleetMonitor:Server:MaxHeaderBytes"] = "2048",
            // A test's slow client is to stay until the test is done with it.
            ["FleetMonitor:Server:PaceGrace"] = "00:01:00",
            ["FleetMonitor:Server:StallTimeout"] = "00:01:00",
            ["FleetMonitor:Api:MaxBatchItems"] = "5",
            ["FleetMonitor:Api:MaxBatchColumns"] = "16",
            ["FleetMonitor:Api:MaxItemFeatures"] = "10",
            ["FleetMonitor:Api:MaxTextBytes"] = "16",
            ["FleetMonitor:Api:MaxIdBytes"] = "16",
            ["FleetMonitor:Api:MaxItemTags"] = "1",
            ["FleetMonitor:Api:MaxJsonDepth"] = "4",
        },
    };

    public Task InitializeAsync() => Fleet.InitializeAsync();

    public Task DisposeAsync() => Fleet.DisposeAsync();
}

[CollectionDefinition(nameof(NarrowFleet))]
public sealed class NarrowFleetShared : ICollectionFixture<NarrowFleet>;

[Collection(nameof(NarrowFleet))]
public sealed class BoundsTests(NarrowFleet narrow)
{
    private const string Path = "/v1/models/bounded/predictions";
    private readonly Fleet _fleet = narrow.Fleet;

    [Theory]
    [InlineData("batch_items", """[{"prediction":"1"},{"prediction":"1"},{"prediction":"1"},{"prediction":"1"},{"prediction":"1"},{"prediction":"1"}]""")]
    [InlineData("columns", """[{"prediction":"1","features":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1}},{"prediction":"1","features":{"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1}}]""")]
    public async Task Batch_BeyondABound_IsTooLargeByItsName(string bound, string body)
    {
        var before = await ExceededAsync(bound);
        var problem = (await _fleet.PostAsync(Path, body)).Problem(HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal(bound, (string?)problem["bound"]);
        Assert.Equal(before + 1, await ExceededAsync(bound));
    }

    [Fact]
    public async Task Body_TooLarge_NamesItsBound()
    {
        var answer = await _fleet.PostAsync(Path, $"[{new string(' ', Fleet.MaxBodyBytes + 10)}]");
        Assert.Equal("body_bytes", (string?)answer.Problem(HttpStatusCode.RequestEntityTooLarge)["bound"]);
        var reference = await _fleet.PutAsync("/v1/models/bounded/reference", new string('a', Fleet.MaxReferenceBytes + 10), "text/csv");
        Assert.Equal("reference_bytes", (string?)reference.Problem(HttpStatusCode.RequestEntityTooLarge)["bound"]);
    }

    /// <summary>What inferences name is bounded as what a batch names.</summary>
    [Fact]
    public async Task Inference_OfMoreColumnsThanABatchMayHave_IsRejected()
    {
        var before = await CountAsync("fleetmonitor_sink_events_total{outcome=\"rejected\"} ");
        var features = string.Join(',', Enumerable.Range(0, 20).Select(i => string.Create(CultureInfo.InvariantCulture, $"\"f{i}\":1")));
        foreach (var (part, data) in ((string, string)[])[("request", "{\"instances\":[{" + features + "}]}"), ("response", "{\"predictions\":[1]}")])
        {
            Assert.Equal(HttpStatusCode.OK, (await _fleet.PostAsync("/", data, ("ce-specversion", "1.0"), ("ce-type", $"org.kubeflow.serving.inference.{part}"),
                ("ce-id", "1"), ("ce-source", "/"), ("ce-inferenceservicename", "too-wide"))).Status);
        }
        await Wait.UntilAsync(async () => await CountAsync("fleetmonitor_sink_events_total{outcome=\"rejected\"} ") == before + 2, TimeSpan.FromSeconds(30), () => "both halves to be rejected");
        Assert.Equal(HttpStatusCode.NotFound, (await _fleet.GetAsync("/v1/models/too-wide")).Status);
    }

    /// <summary>An item beyond what an item may have costs itself alone.</summary>
    [Theory]
    [InlineData("""{"prediction":"1","features":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1}}""")]
    [InlineData("""{"prediction":"1","features":{"a":"12345678901234567"}}""")]
    [InlineData("""{"prediction":"1","id":"12345678901234567"}""")]
    [InlineData("""{"prediction":"1","tags":{"a":"1","b":"2"}}""")]
    public async Task Item_BeyondABound_IsRejectedAndItsNeighbourKept(string item)
    {
        var result = (await _fleet.PostAsync(Path, $$"""[{"prediction":"1"},{{item}}]""")).Ok();
        Assert.Equal((1, 1), ((int)result["accepted"]!, (int)result["rejected"]!));
    }

    [Fact]
    public async Task Json_DeeperThanItsBound_IsRefused() =>
        Assert.Contains("depth", (await _fleet.PostAsync(Path, "[[[[[[1]]]]]]")).Detail(HttpStatusCode.BadRequest), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public async Task UrlAndHeaders_BeyondTheirBounds_AreRefusedAndCounted()
    {
        var (url, header) = (await ExceededAsync("url_bytes"), await ExceededAsync("header_bytes"));
        Assert.Equal(HttpStatusCode.RequestUriTooLong, (await _fleet.GetAsync($"/v1/models?search={new string('a', 600)}")).Status);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, (await _fleet.SendAsync(HttpMethod.Get, "/v1/models", null, null, ("X-Large", new string('a', 3_000)))).Status);
        Assert.Equal((url + 1, header + 1), (await ExceededAsync("url_bytes"), await ExceededAsync("header_bytes")));
    }

    /// <summary>What bodies take together is bounded, and given back when they are answered.</summary>
    [Fact]
    public async Task Bodies_ThatTakeAllMemory_LeaveOthersToTryAgain()
    {
        var uri = _fleet.Client.BaseAddress!;
        using (var slow = new TcpClient(uri.Host, uri.Port))
        {
            await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST {Path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n[ "));
            Answer? refused = null;
            await Wait.UntilAsync(
                async () => (refused = await _fleet.PostAsync(Path, $"[{new string(' ', 100_000)}{{\"prediction\":\"1\"}}]")).Status != HttpStatusCode.OK,
                TimeSpan.FromSeconds(30), () => "a refusal");
            Assert.Equal("memory_bytes", (string?)refused!.Problem(HttpStatusCode.TooManyRequests)["bound"]);
            Assert.NotNull(refused.Headers.RetryAfter);
            // The inference protocol says it in its own words.
            var inference = await _fleet.PostAsync("/v2/models/logistic/infer", new string(' ', 100_000));
            Assert.Equal(HttpStatusCode.TooManyRequests, inference.Status);
            Assert.StartsWith("memory_bytes", (string?)inference.Json["error"], StringComparison.Ordinal);
        }
        await Wait.UntilAsync(
            async () => (await _fleet.PostAsync(Path, $"[{new string(' ', 100_000)}{{\"prediction\":\"1\"}}]")).Status == HttpStatusCode.OK, TimeSpan.FromSeconds(30), () => "room again");
    }

    /// <summary>With as many requests under way as there may be the next is refused; who asks how the server is, is not.</summary>
    [Fact]
    public async Task Requests_MoreThanAtATime_AreRefusedAndHealthIsNot()
    {
        var gate = new RequestGate(Options.Create(new ServerOptions { MaxRequests = 10 }), _fleet.Services.GetRequiredService<BoundMetrics>());
        var done = new TaskCompletionSource();
        var under = Enumerable.Range(0, 10).Select(_ => gate.InvokeAsync(Request(), _ => done.Task)).ToArray();
        var refused = Request();
        await gate.InvokeAsync(refused, _ => throw new InvalidOperationException("It was let through."));
        Assert.Equal(StatusCodes.Status429TooManyRequests, refused.Response.StatusCode);
        Assert.Equal("1", refused.Response.Headers.RetryAfter);

        var health = Request();
        health.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(Unbounded.Instance), "health"));
        var answered = false;
        await gate.InvokeAsync(health, _ =>
        {
            answered = true;
            return Task.CompletedTask;
        });
        Assert.True(answered);
        done.SetResult();
        await Task.WhenAll(under);
        await gate.InvokeAsync(Request(), _ => Task.CompletedTask);

        DefaultHttpContext Request() => new() { RequestServices = _fleet.Services };
    }

    /// <summary>Names come from clients: traffic may register so many a second, and there are so many in all.</summary>
    [Fact]
    public async Task NewModels_BeyondTheirRateAndNumber_AreRefusedAndThoseThatAreThereGoOn()
    {
        await _fleet.PostAsync("/v1/models/kept/predictions", """[{"prediction":"1"}]""");
        var refused = new HashSet<string>();
        for (var i = 0; i < 14; i++)
        {
            var answer = await _fleet.PostAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/models/many-{i}/predictions"), """[{"prediction":"1"}]""");
            if (answer.Status == HttpStatusCode.OK) continue;
            refused.Add((string)answer.Problem(HttpStatusCode.TooManyRequests)["bound"]!);
            Assert.NotNull(answer.Headers.RetryAfter);
        }
        Assert.NotEmpty(refused);
        // What an owner decides is not held to the rate, but to the number.
        var specs = new List<Answer>();
        for (var i = 0; i < 14; i++) specs.Add(await _fleet.PutAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/models/decided-{i}"), "{}"));
        Assert.Contains(specs, answer => answer.Status == HttpStatusCode.TooManyRequests && (string?)answer.Json["bound"] == "models");
        Assert.DoesNotContain(specs, answer => answer.Status == HttpStatusCode.TooManyRequests && (string?)answer.Json["bound"] == "new_models");
        Assert.InRange((int)(await _fleet.GetAsync("/v1/models")).Ok()["total"]!, 1, 12);
        (await _fleet.PostAsync("/v1/models/kept/predictions", """[{"prediction":"1"}]""")).Ok();
        Assert.True(await ExceededAsync("models") > 0);
        Assert.Equal(HttpStatusCode.NotFound, (await _fleet.GetAsync("/v1/models/decided-13")).Status);
    }

    private Task<double> ExceededAsync(string bound) => CountAsync($"fleetmonitor_bound_exceeded_total{{bound=\"{bound}\"}} ");

    private async Task<double> CountAsync(string series)
    {
        var line = (await _fleet.GetAsync("/metrics")).Text.Split('\n').Single(l => l.StartsWith(series, StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
