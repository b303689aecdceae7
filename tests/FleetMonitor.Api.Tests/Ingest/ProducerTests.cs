using System.Net;
using Xunit;

namespace FleetMonitor.Api.Tests.Ingest;

[Collection(nameof(Fleet))]
public sealed class ProducerTests(Fleet fleet)
{
    [Fact]
    public async Task Predictions_OfARepeatedRequest_CountOnce()
    {
        (string, string)[] identity = [("Fleet-Producer", "loader"), ("Fleet-Sequence", "7")];
        const string Body = """[{"prediction":1.5},{},{"prediction":2.5}]""";
        Assert.Equal((2, 0, 1), Counts(await fleet.PostAsync("/v1/models/repeated/predictions", Body, identity)));
        Assert.Equal((0, 2, 1), Counts(await fleet.PostAsync("/v1/models/repeated/predictions", Body, identity)));
        Assert.Equal((2, 0, 1), Counts(await fleet.PostAsync("/v1/models/repeated/predictions", Body, ("Fleet-Producer", "loader"), ("Fleet-Sequence", "8"))));
        Assert.Equal(4, (int)(await fleet.GetAsync("/v1/models/repeated")).Ok()["counters"]!["predictions"]!);
    }

    [Fact]
    public async Task Predictions_WithoutIdentity_CountEachTime()
    {
        for (var i = 0; i < 2; i++) Assert.Equal((1, 0, 0), Counts(await fleet.PostAsync("/v1/models/anonymous/predictions", """[{"prediction":1.5}]""")));
    }

    [Fact]
    public async Task Labels_OfARepeatedRequest_ChangeNothing()
    {
        (string, string)[] identity = [("Fleet-Producer", "truth"), ("Fleet-Sequence", "0")];
        Assert.Equal(1, (int)(await fleet.PostAsync("/v1/models/labels-repeated/labels", """[{"id":"a","label":1}]""", identity)).Ok()["pending"]!);
        Assert.Equal("""{"accepted":0,"joined":0,"pending":0,"corrected":0,"rejected":0,"errors":[]}""",
            (await fleet.PostAsync("/v1/models/labels-repeated/labels", """[{"id":"a","label":1}]""", identity)).Ok().ToJsonString());
    }

    [Fact]
    public async Task Predictions_OfASequenceTooOldToTell_AreRefused()
    {
        await fleet.PostAsync("/v1/models/too-old/predictions", """[{"prediction":1.5}]""", ("Fleet-Producer", "p"), ("Fleet-Sequence", "100"));
        var answer = await fleet.PostAsync("/v1/models/too-old/predictions", """[{"prediction":1.5}]""", ("Fleet-Producer", "p"), ("Fleet-Sequence", "36"));
        Assert.Contains("64 or more behind", answer.Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    /// <summary>A misspelt header must not cost its sender that a repetition counts once.</summary>
    [Theory]
    [InlineData("Fleet-Sequence", "1", "Fleet-Producer: expected beside Fleet-Sequence, got nothing")]
    [InlineData("Fleet-Producer", "p", "Fleet-Sequence: expected beside Fleet-Producer, got nothing")]
    public async Task Predictions_WithHalfAnIdentity_AreRefused(string header, string value, string expected) =>
        Assert.Equal(expected, (await fleet.PostAsync("/v1/models/half/predictions", """[{"prediction":1}]""", (header, value))).Detail(HttpStatusCode.BadRequest));

    [Theory]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.0")]
    [InlineData("18446744073709551616")]
    [InlineData("one")]
    public async Task Predictions_WithASequenceThatIsNone_AreRefused(string sequence) =>
        Assert.Equal("Fleet-Sequence: expected once, a whole number from 0 to 18446744073709551615",
            (await fleet.PostAsync("/v1/models/half/predictions", """[{"prediction":1}]""", ("Fleet-Producer", "p"), ("Fleet-Sequence", sequence))).Detail(HttpStatusCode.BadRequest));

    [Fact]
    public async Task Predictions_WithAProducerTooLong_AreRefused()
    {
        var answer = await fleet.PostAsync("/v1/models/half/predictions", """[{"prediction":1}]""", ("Fleet-Producer", new string('p', 201)), ("Fleet-Sequence", "1"));
        Assert.Equal("Fleet-Producer: expected once, 1 to 200 characters", answer.Detail(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Predictions_ManyAtOnceWithoutIdentity_AreAllCounted()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => fleet.PostAsync("/v1/models/at-once/predictions", """[{"prediction":1.5},{"prediction":2.5}]""")));
        Assert.All(answers, answer => Assert.Equal((2, 0, 0), Counts(answer)));
        Assert.Equal(800, (int)(await fleet.GetAsync("/v1/models/at-once")).Ok()["counters"]!["predictions"]!);
    }

    private static (int, int, int) Counts(Answer answer)
    {
        var json = answer.Ok();
        return ((int)json["accepted"]!, (int)json["duplicates"]!, (int)json["rejected"]!);
    }
}
