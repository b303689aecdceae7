using System.Globalization;
using System.Net;
using System.Text;
using Xunit;

namespace FleetMonitor.Api.Tests.Models;

[Collection(nameof(Fleet))]
public sealed class LifecycleTests(Fleet fleet)
{
    [Fact]
    public async Task Maintenance_ForAWhileThenEnded_MutesAndUnmutes()
    {
        await fleet.PutAsync("/v1/models/maintained", "{}");
        var before = TimeProvider.System.GetUtcNow();
        var model = (await fleet.PostAsync("/v1/models/maintained/maintenance", """{"duration":"2h","reason":"moving house"}""")).Ok();
        Assert.Equal(("maintenance", "moving house"), ((string?)model["state"], (string?)model["maintenance_reason"]));
        Assert.InRange((DateTimeOffset)model["maintenance_until"]! - before, TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1), TimeSpan.FromHours(2) + TimeSpan.FromMinutes(1));

        var until = before.AddDays(3).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        model = (await fleet.PostAsync("/v1/models/maintained/maintenance", $$"""{"until":"{{until}}"}""")).Ok();
        Assert.Equal(DateTimeOffset.Parse(until, CultureInfo.InvariantCulture), (DateTimeOffset)model["maintenance_until"]!);

        Assert.Null((await fleet.PostAsync("/v1/models/maintained/maintenance", """{"until":"1969-07-20T20:17:40Z"}""")).Ok()["maintenance_until"]);
        await fleet.PostAsync("/v1/models/maintained/maintenance", $$"""{"until":"{{until}}"}""");
        model = (await fleet.PostAsync("/v1/models/maintained/maintenance", """{"end":true}""")).Ok();
        Assert.NotEqual("maintenance", (string?)model["state"]);
        Assert.Null(model["maintenance_until"]);
        Assert.Null(model["maintenance_reason"]);
        var tooLong = $$"""{"duration":"2h","reason":"{{new string('x', 201)}}"}""";
        Assert.Equal("reason: expected at most 200 characters", (await fleet.PostAsync("/v1/models/maintained/maintenance", tooLong)).Detail(HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("{}", "expected one of ")]
    [InlineData("null", "expected one of ")]
    [InlineData("[]", "expected one of ")]
    [InlineData("", "expected one of ")]
    [InlineData("""{"end":false}""", "expected one of ")]
    [InlineData("""{"duration":"2h","end":true}""", "expected one of ")]
    [InlineData("""{"reason":"move"}""", "expected one of ")]
    [InlineData("""{"duration":"2h","who":"me"}""", "expected one of ")]
    [InlineData("""{"duration":"0h"}""", "duration: expected ")]
    [InlineData("""{"duration":"a while"}""", "duration: expected ")]
    [InlineData("""{"duration":"4000d"}""", "duration: expected ")]
    [InlineData("""{"until":"tomorrow"}""", "until: expected a time")]
    public async Task Maintenance_ThatCannotBeRead_SaysWhatWasExpected(string body, string detail)
    {
        await fleet.PutAsync("/v1/models/maintained-badly", "{}");
        Assert.StartsWith(detail, (await fleet.PostAsync("/v1/models/maintained-badly/maintenance", body)).Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rebaseline_AModelWithAReference_CapturesANewOne()
    {
        await fleet.PutAsync("/v1/models/rebased", """{"task":"regression","reference":{"capture":100}}""");
        Assert.Equal("live", (string?)await Send(100));
        Assert.Equal(1, (int)(await fleet.GetAsync("/v1/models/rebased")).Ok()["reference"]!["version"]!);
        var model = (await fleet.SendAsync(HttpMethod.Post, "/v1/models/rebased/rebaseline")).Ok();
        Assert.Equal("capturing", (string?)model["state"]);
        Assert.Null(model["reference"]);
        Assert.Equal("live", (string?)await Send(100));
        Assert.Equal(2, (int)(await fleet.GetAsync("/v1/models/rebased")).Ok()["reference"]!["version"]!);
    }

    [Fact]
    public async Task Rebaseline_OnAWindowOrOnSoMany_SaysWhenAndFromWhat()
    {
        const string Model = "/v1/models/rebased-again";
        await fleet.PutAsync(Model, """{"task":"regression","min_samples":50,"reference":{"capture":100}}""");
        await Send(300, Model);
        var model = (await fleet.PostAsync($"{Model}/rebaseline", """{"window":"1h"}""")).Ok();
        Assert.Equal((2, "window", 200), ((int)model["reference"]!["version"]!, (string)model["reference"]!["source"]!, (int)model["reference"]!["rows"]!));
        Assert.Equal(["captured", "window"], model["references"]!.AsArray().Select(r => (string)r!["source"]!));
        Assert.NotNull(model["reference"]!["from"]);
        model = (await fleet.PostAsync($"{Model}/rebaseline", """{"predictions":150}""")).Ok();
        Assert.Equal((150, "capturing"), ((int)model["capture_target"]!, (string)model["state"]!));
        Assert.StartsWith("window: there is no reference yet", (await fleet.PostAsync($"{Model}/rebaseline", """{"window":"1h"}""")).Detail(HttpStatusCode.Conflict), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"window":"90m"}""", "window: expected whole minutes")]
    [InlineData("""{"predictions":7}""", "predictions: expected 100 to 100000, got 7")]
    [InlineData("""{"window":"1h","predictions":500}""", "expected {")]
    [InlineData("""{"from":"now"}""", "expected {")]
    [InlineData("[]", "expected {")]
    public async Task Rebaseline_ThatCannotBeRead_SaysWhatWasExpected(string body, string detail)
    {
        await fleet.PutAsync("/v1/models/rebased-badly", "{}");
        Assert.StartsWith(detail, (await fleet.PostAsync("/v1/models/rebased-badly/rebaseline", body)).Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_OfAnotherSpec_SaysWhatChangedWhatBeganAnewAndWhy()
    {
        const string Model = "/v1/models/respecified";
        var model = (await fleet.PutAsync(Model, """{"task":"binary","positive":"1","features":[{"name":"a","kind":"numeric"}]}""")).Ok();
        Assert.Empty(model["restarted"]!.AsArray());
        model = (await fleet.PutAsync(Model, """{"task":"binary","positive":"1","team":"risk","features":[{"name":"a","kind":"numeric"}]}""")).Ok();
        Assert.Equal("team", (string?)Assert.Single(model["spec_changes"]!.AsArray())!["field"]);
        Assert.Empty(model["restarted"]!.AsArray());
        model = (await fleet.PutAsync(Model, """{"task":"binary","positive":"1","team":"risk","features":[{"name":"b","kind":"numeric"}],"thresholds":{"accuracy":0.9}}""")).Ok();
        Assert.Equal(["features", "thresholds.accuracy"], model["spec_changes"]!.AsArray().Select(c => (string)c!["field"]!));
        Assert.Equal(["reference", "evidence"], model["restarted"]!.AsArray().Select(r => (string)r!));
        Assert.Equal("a reference of other columns cannot be compared with", (string?)model["spec_changes"]![0]!["why"]);
        Assert.Null(model["spec_changes"]![1]!["why"]);
    }

    [Fact]
    public async Task Delete_TakesAllWithIt_AndALatePredictionRegistersAnew()
    {
        const string Model = "/v1/models/deleted";
        await fleet.PutAsync(Model, """{"task":"regression","team":"gone","reference":{"capture":100}}""");
        await Send(150, Model);
        await fleet.PostAsync($"{Model}/retire", "");
        Assert.Equal(HttpStatusCode.Conflict, (await fleet.PostLinesAsync($"{Model}/predictions", """{"prediction":1.5}""")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await fleet.SendAsync(HttpMethod.Delete, Model)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.GetAsync(Model)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.SendAsync(HttpMethod.Delete, Model)).Status);
        Assert.DoesNotContain("\"deleted\"", (await fleet.GetAsync("/v1/models?search=deleted")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("model=\"deleted\"", (await fleet.GetAsync("/metrics")).Text, StringComparison.Ordinal);
        (await fleet.PostLinesAsync($"{Model}/predictions", """{"prediction":1.5}""")).Ok();
        var model = (await fleet.GetAsync(Model)).Ok();
        Assert.Equal((1, "", 1), ((int)model["counters"]!["predictions"]!, (string)model["spec"]!["team"]!, 1));
    }

    [Fact]
    public async Task Changes_LeaveALineEach_WithModelAndWhat_AndNoValue()
    {
        const string Model = "/v1/models/audited";
        await fleet.PutAsync(Model, """{"task":"regression","team":"hush","reference":{"capture":100}}""");
        await Send(300, Model);
        await fleet.PostAsync($"{Model}/rebaseline", """{"window":"1h"}""");
        await fleet.PostAsync($"{Model}/maintenance", """{"duration":"1h","reason":"hush"}""");
        await fleet.PostAsync($"{Model}/retire", "");
        await fleet.SendAsync(HttpMethod.Delete, Model);
        var lines = fleet.Log.Lines.Where(line => line.Contains("Model audited", StringComparison.Ordinal)).ToList();
        string[] expected =
        [
            "Model audited registered by nobody named", "Model audited: spec given by nobody named; changed: reference.capture, task, team; begun anew: nothing", "Model audited: re-baselined by nobody named, on a window",
            "Model audited: maintenance by nobody named, until ", "Model audited retired by nobody named", "Model audited deleted with its data by nobody named",
        ];
        Assert.All(expected, line => Assert.Contains(lines, l => l.Contains(line, StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, line => line.Contains("hush", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Versions_OfAShadow_SayWhichIsBetter_AndCarrySeries()
    {
        const string Model = "/v1/models/raced";
        await fleet.PutAsync(Model, """{"task":"binary","positive":"1","champion":"1","challengers":"shadow"}""");
        StringBuilder predictions = new(), labels = new();
        var random = new Random(4);
        for (var i = 0; i < 2_000; i++)
        {
            foreach (var (version, right) in new[] { ("1", 0.7), ("2", 0.9) })
            {
                predictions.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"p{i}\",\"version\":\"{version}\",\"prediction\":\"{(random.NextDouble() < right ? 1 : 0)}\",\"latency_ms\":{5 + random.Next(3)}}}\n");
            }
            labels.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"p{i}\",\"label\":\"1\"}}\n");
        }
        Assert.Equal(4_000, (int)(await fleet.PostLinesAsync($"{Model}/predictions", predictions.ToString())).Ok()["accepted"]!);
        (await fleet.PostLinesAsync($"{Model}/labels", labels.ToString())).Ok();
        var scores = (await fleet.GetAsync($"{Model}/versions?window=24h")).Ok();
        Assert.Equal(("1", "2", "24h"), ((string)scores["champion"]!, (string)scores["better"]!, (string)scores["window"]!));
        var comparison = scores["comparisons"]![0]!;
        Assert.Equal(("2", "paired"), ((string)comparison["better"]!, (string)comparison["traffic"]!));
        Assert.InRange((double)comparison["difference"]!, (double)comparison["lower"]!, (double)comparison["upper"]!);
        Assert.InRange((double)comparison["evidence"]!["lower"]!, 0.1, 0.2);
        Assert.Equal(2_000, (int)(await fleet.GetAsync(Model)).Ok()["counters"]!["predictions"]!);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string page;
        while (!(page = (await fleet.GetAsync("/metrics")).Text).Contains("model_version_advantage_lower{model=\"raced\",version=\"2\"}", StringComparison.Ordinal)) await Task.Delay(50, patience.Token);
        Assert.Contains("model_version_accuracy{model=\"raced\",version=\"1\"} 0.", page, StringComparison.Ordinal);
        Assert.Contains("model_version_predictions_total{model=\"raced\",version=\"2\"} 2000\n", page, StringComparison.Ordinal);
        Assert.Contains("model_predictions_total{model=\"raced\",version=\"1\"} 2000\n", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await fleet.GetAsync($"{Model}/versions?window=90m")).Status);
    }

    private Task<System.Text.Json.Nodes.JsonNode?> Send(int count) => Send(count, "/v1/models/rebased");

    private async Task<System.Text.Json.Nodes.JsonNode?> Send(int count, string model)
    {
        var lines = new StringBuilder();
        for (var i = 0; i < count; i++) lines.Append(CultureInfo.InvariantCulture, $"{{\"prediction\":{i % 100}.5,\"features\":{{\"a\":{i % 100}}}}}\n");
        (await fleet.PostLinesAsync($"{model}/predictions", lines.ToString())).Ok();
        return (await fleet.GetAsync(model)).Ok()["state"];
    }
}
