using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace FleetMonitor.Api.Tests.Models;

[Collection(nameof(Fleet))]
public sealed class ScoreTests(Fleet fleet)
{
    [Fact]
    public async Task Scores_OfAModelWhoseInputMoved_SayWhatMovedAndHowWellItAnswers()
    {
        await fleet.PutAsync("/v1/models/moved", """{"task":"binary","positive":"1","features":[{"name":"amount","kind":"numeric"},{"name":"a/b c","kind":"categorical"}]}""");
        (await fleet.SendAsync(HttpMethod.Put, "/v1/models/moved/reference", Encoding.UTF8.GetBytes(Rows(2_000, 0, labels: true)), "application/x-ndjson")).Ok();
        (await fleet.PostLinesAsync("/v1/models/moved/predictions", Rows(2_000, 40, labels: false))).Ok();
        (await fleet.PostLinesAsync("/v1/models/moved/labels", string.Concat(Enumerable.Range(0, 2_000).Select(i => $"{{\"id\":\"p{i}\",\"label\":\"{(i % 4 == 0 ? 1 : 0)}\"}}\n")))).Ok();

        var headline = (await fleet.GetAsync("/v1/models/moved")).Ok()["headline"]!;
        Assert.Equal(("drifted", 1), ((string?)headline["verdict"], (int)headline["features_drifted"]!));

        var performance = (await fleet.GetAsync("/v1/models/moved/performance")).Ok();
        Assert.Equal(["model", "version", "task", "windows"], performance.AsObject().Select(m => m.Key));
        Assert.Equal(["5m", "1h", "24h", "7d"], performance["windows"]!.AsArray().Select(w => (string)w!["window"]!));
        var hour = performance["windows"]![1]!;
        Assert.Equal(2_000, (int)hour["performance"]!["labelled"]!);
        Assert.InRange((double)hour["performance"]!["classification"]!["accuracy"]!, 0.5, 1);
        Assert.Equal(2_000, (int)hour["latency"]!["count"]!);
        Assert.DoesNotContain(hour["alerts"]!.AsArray(), a => (string?)a!["kind"] == "drift");

        var drift = (await fleet.GetAsync("/v1/models/moved/drift?window=1h")).Ok();
        var window = Assert.Single(drift["windows"]!.AsArray())!;
        Assert.Equal("drifted", (string?)window["verdict"]);
        Assert.Equal(["amount", "a/b c", "score", "prediction"], window["columns"]!.AsArray().Select(c => (string)c!["name"]!));
        Assert.Equal(("drift", "amount"), ((string?)window["alerts"]![0]!["kind"], (string?)window["alerts"]![0]!["subject"]));

        var features = (await fleet.GetAsync("/v1/models/moved/features")).Ok();
        Assert.Equal(("1h", "drifted", "quiet"), ((string?)features["window"], (string?)features["columns"]![0]!["verdict"], (string?)features["columns"]![1]!["verdict"]));

        var amount = (await fleet.GetAsync("/v1/models/moved/features/amount")).Ok();
        Assert.Equal(2_000, amount["bins"]!.AsArray().Sum(b => (long)b!["window_count"]!));
        Assert.NotNull(amount["reference"]!["mean"]);
        Assert.Equal("categorical", (string?)(await fleet.GetAsync("/v1/models/moved/features/a%2Fb%20c?window=7d")).Ok()["score"]!["kind"]);
        Assert.Equal("categorical", (string?)(await fleet.GetAsync("/v1/models/moved/features/a/b%20c")).Ok()["score"]!["kind"]);
        Assert.Equal("prediction", (string?)(await fleet.GetAsync("/v1/models/moved/features/prediction")).Ok()["score"]!["role"]);
        Assert.Equal("Model 'moved' has no column \"colour\", or no reference yet.", (await fleet.GetAsync("/v1/models/moved/features/colour")).Detail(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Drift_OfAModelWhoseInputMoved_SaysWhatCarriesItAndSinceWhen()
    {
        await fleet.PutAsync("/v1/models/carried", """{"task":"binary","positive":"1","features":[{"name":"amount","kind":"numeric"},{"name":"a/b c","kind":"categorical"}]}""");
        (await fleet.SendAsync(HttpMethod.Put, "/v1/models/carried/reference", Encoding.UTF8.GetBytes(Rows(2_000, 0, labels: true)), "application/x-ndjson")).Ok();
        (await fleet.PostLinesAsync("/v1/models/carried/predictions", Rows(2_000, 40, labels: false))).Ok();

        var drift = (await fleet.GetAsync("/v1/models/carried/drift?window=1h")).Ok();
        Assert.Equal(["model", "version", "task", "windows", "evidence", "groups"], drift.AsObject().Select(m => m.Key));
        var carrying = drift["windows"]![0]!["attribution"]![0]!;
        Assert.Equal(("amount", "up"), ((string?)carrying["feature"], (string?)carrying["shift"]!["direction"]));
        Assert.InRange((double)carrying["share"]!, 0.99, 1);
        Assert.InRange((double)carrying["shift"]!["mean_to"]! - (double)carrying["shift"]!["mean_from"]!, 35, 45);
        Assert.InRange(TimeProvider.System.GetUtcNow() - (DateTimeOffset)carrying["since"]!, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.Equal(["amount", "a/b c"], drift["evidence"]!.AsArray().Select(e => (string)e!["feature"]!));
        Assert.All(drift["evidence"]!.AsArray(), e => Assert.InRange((double)e!["e"]!, 0, double.MaxValue));
    }

    [Fact]
    public async Task Segments_OfAModelThatIsWorseSomewhere_NameItFirst()
    {
        await fleet.PutAsync("/v1/models/sliced", """{"task":"binary","positive":"1","segments":["region"]}""");
        var lines = string.Concat(Enumerable.Range(0, 1_200).Select(i => $"{{\"id\":\"p{i}\",\"prediction\":\"1\",\"score\":0.8,\"tags\":{{\"region\":\"{(i % 3 == 0 ? "us" : "eu")}\"}}}}\n"));
        (await fleet.PostLinesAsync("/v1/models/sliced/predictions", lines)).Ok();
        (await fleet.PostLinesAsync("/v1/models/sliced/labels", string.Concat(Enumerable.Range(0, 1_200).Select(i => $"{{\"id\":\"p{i}\",\"label\":\"{(i % 6 == 0 || i % 20 == 1 ? 0 : 1)}\"}}\n")))).Ok();

        var segments = (await fleet.GetAsync("/v1/models/sliced/segments")).Ok();
        Assert.Equal(("1h", 1_200), ((string?)segments["window"], (int)segments["predictions"]!));
        var slices = segments["slices"]!.AsArray();
        Assert.Equal(["us", "eu"], slices.Select(s => (string)s!["value"]!));
        Assert.Equal((true, 400), ((bool)slices[0]!["worse"]!, (int)slices[0]!["labelled"]!));
        Assert.True((double)slices[0]!["difference_upper"]! < 0);
        Assert.Equal(0.8, (double)slices[0]!["confidence"]!, 6);
        Assert.Equal("no_reference", (string?)slices[0]!["verdict"]);
        await fleet.PutAsync("/v1/models/whole", "{}");
        Assert.Empty((await fleet.GetAsync("/v1/models/whole/segments?window=24h")).Ok()["slices"]!.AsArray());
    }

    [Fact]
    public async Task Performance_OfUnlabelledTraffic_IsEstimatedByTheReferenceUntilLabelsContradictIt()
    {
        string Rows(bool labels) => string.Concat(Enumerable.Range(0, 1_000).Select(i =>
        {
            // Right four times in five, as its scores say.
            var (score, right) = (i % 2 == 0 ? 0.8 : 0.2, i % 10 < 8);
            var label = labels ? $",\"label\":\"{(score > 0.5 == right ? 1 : 0)}\"" : "";
            return string.Create(CultureInfo.InvariantCulture, $"{{\"id\":\"e{i}\",\"prediction\":\"{(score > 0.5 ? 1 : 0)}\",\"score\":{score}{label}}}\n");
        }));
        await fleet.PutAsync("/v1/models/estimated", """{"task":"binary","positive":"1"}""");
        (await fleet.SendAsync(HttpMethod.Put, "/v1/models/estimated/reference", Encoding.UTF8.GetBytes(Rows(labels: true)), "application/x-ndjson")).Ok();
        (await fleet.PostLinesAsync("/v1/models/estimated/predictions", Rows(labels: false))).Ok();

        async Task<JsonNode> Performance() => (await fleet.GetAsync("/v1/models/estimated/performance?window=1h")).Ok()["windows"]![0]!["performance"]!;
        var before = await Performance();
        Assert.Equal(0.8, (double)before["estimated"]!["accuracy"]!, 1e-9);
        Assert.True((double)before["estimated"]!["accuracy_lower"]! < 0.8 && (double)before["estimated"]!["accuracy_upper"]! > 0.8);
        Assert.True((bool)before["estimated"]!["trusted"]!);
        Assert.Equal(0, (double)before["coverage"]!["ratio"]!);
        Assert.Null(before["newest_complete"]);

        // Wrong four times in five.
        (await fleet.PostLinesAsync("/v1/models/estimated/labels", string.Concat(Enumerable.Range(0, 1_000).Select(i =>
            $"{{\"id\":\"e{i}\",\"label\":\"{(i % 2 == 0 == i % 10 < 8 ? 0 : 1)}\"}}\n")))).Ok();
        var after = await Performance();
        Assert.False((bool)after["estimated"]!["trusted"]!);
        Assert.Equal(0.8, (double)after["estimated"]!["accuracy"]!, 1e-9);
        Assert.Equal(0.2, (double)after["estimated"]!["recalibrated_accuracy"]!, 1e-6);
        Assert.Equal(0.2, (double)after["classification"]!["accuracy"]!, 1e-9);
        Assert.Equal(1, (double)after["coverage"]!["ratio"]!);
        Assert.InRange(0.2, (double)after["coverage"]!["accuracy_lower"]!, (double)after["coverage"]!["accuracy_upper"]!);
    }

    [Fact]
    public async Task History_OfAModel_IsItsStepsOldestFirst()
    {
        var now = TimeProvider.System.GetUtcNow();
        var lines = string.Concat(Enumerable.Range(0, 30).Select(i => $"{{\"prediction\":1.5,\"time\":\"{now.AddMinutes(i - 29).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}\"}}\n"));
        (await fleet.PostLinesAsync("/v1/models/history/predictions", lines)).Ok();

        var history = (await fleet.GetAsync("/v1/models/history/history?step=1m&steps=60")).Ok();
        Assert.Equal(["model", "version", "step", "steps"], history.AsObject().Select(m => m.Key));
        Assert.Equal(("history", "1m"), ((string?)history["model"], (string?)history["step"]));
        var starts = history["steps"]!.AsArray().Select(s => (DateTimeOffset)s!["from"]!).ToList();
        Assert.Equal(starts.Order(), starts);
        Assert.Equal(30, Total(history));
        Assert.Equal(30, Total((await fleet.GetAsync("/v1/models/history/history")).Ok()));
        Assert.InRange((await fleet.GetAsync("/v1/models/history/history?step=1m&steps=5")).Ok()["steps"]!.AsArray().Count, 4, 5);
    }

    [Theory]
    [InlineData("performance?window=61m", "window: expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d, such as 5m, 1h, 24h or 7d; got \"61m\"")]
    [InlineData("drift?window=", "window: expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d, such as 5m, 1h, 24h or 7d; got \"\"")]
    [InlineData("features?window=32d", "window: expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d, such as 5m, 1h, 24h or 7d; got \"32d\"")]
    [InlineData("segments?window=1y", "window: expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d, such as 5m, 1h, 24h or 7d; got \"1y\"")]
    [InlineData("features/a?window=1y", "window: expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d, such as 5m, 1h, 24h or 7d; got \"1y\"")]
    [InlineData("history?step=5m", "step: expected 1m, 1h, 1d; got \"5m\"")]
    [InlineData("history?step=", "step: expected 1m, 1h, 1d; got \"\"")]
    [InlineData("history?steps=0", "steps: expected 1 to 1440, got 0")]
    [InlineData("history?steps=1441", "steps: expected 1 to 1440, got 1441")]
    [InlineData("history?steps=ten", "steps: expected a whole number, got \"ten\"")]
    public async Task Scores_WithAQueryThatIsNone_SayWhatWasExpected(string path, string detail)
    {
        await fleet.PutAsync("/v1/models/queried", "{}");
        Assert.Equal(detail, (await fleet.GetAsync($"/v1/models/queried/{path}")).Detail(HttpStatusCode.BadRequest));
    }

    private static long Total(JsonNode history) => history["steps"]!.AsArray().Sum(s => (long)s!["predictions"]!);

    private static string Rows(int count, double shift, bool labels)
    {
        var random = new Random(11);
        var lines = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var score = random.NextDouble();
            lines.Append(CultureInfo.InvariantCulture, $$"""{"id":"p{{i}}","prediction":"{{(score > 0.5 ? 1 : 0)}}","score":{{score}},"latency_ms":3,""");
            lines.Append(CultureInfo.InvariantCulture, $$""" "features":{"amount":{{(random.NextDouble() * 100) + shift}},"a/b c":"{{(random.NextDouble() < 0.4 ? "x" : "y")}}"}""");
            lines.Append(labels ? $",\"label\":\"{i % 2}\"}}\n" : "}\n");
        }
        return lines.ToString();
    }
}
