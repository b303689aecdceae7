using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace FleetMonitor.Api.Tests.Ingest;

[Collection(nameof(Fleet))]
public sealed class PredictionsTests(Fleet fleet)
{
    [Fact]
    public async Task Predictions_EveryMember_IsAcceptedWithExactlyTheDocumentedAnswer()
    {
        var answer = await fleet.PostAsync("/v1/models/every-member/predictions", """
            {"predictions":[{"id":"p-1","version":"3","features":{"amount":12.5,"country":"DE","vip":true,"age":null},
            "prediction":"1","probabilities":{"0":0.07,"1":0.93},"latency_ms":3.1,"error":false,"tags":{"region":"eu"}}]}
            """);
        Assert.Equal("""{"accepted":1,"duplicates":0,"too_late":0,"rejected":0,"errors":[]}""", answer.Ok().ToJsonString());
        var model = (await fleet.GetAsync("/v1/models/every-member")).Ok();
        Assert.Equal("binary", (string?)model["spec"]!["task"]);
        Assert.Equal("3", (string?)model["version"]);
        Assert.Equal(1, (int)model["counters"]!["predictions"]!);
    }

    [Theory]
    [InlineData("""[{"prediction":1.5},{"prediction":2.5}]""", "application/json")]
    [InlineData("""{"predictions":[{"prediction":1.5},{"prediction":2.5}]}""", "application/json; charset=utf-8")]
    [InlineData("{\"prediction\":1.5}\n\n{\"prediction\":2.5}\r\n", "application/x-ndjson")]
    [InlineData("{\"prediction\":1.5}\n{\"prediction\":2.5}", "Application/X-NDJSON; charset=\"UTF-8\"")]
    public async Task Predictions_InEachShape_AreAccepted(string body, string contentType)
    {
        var answer = await fleet.SendAsync(HttpMethod.Post, "/v1/models/shapes/predictions", Encoding.UTF8.GetBytes(body), contentType);
        Assert.Equal(2, (int)answer.Ok()["accepted"]!);
    }

    [Fact]
    public async Task Predictions_WrongOnesAmongGoodOnes_CostOnlyThemselvesAndAreNamedByTheirPlaceInTheRequest()
    {
        await fleet.PutAsync("/v1/models/partial", """{"task":"binary","features":[{"name":"amount","kind":"numeric"}]}""");
        var answer = await fleet.PostAsync("/v1/models/partial/predictions", """
            [{"id":"a","prediction":"1","features":{"amount":1}},
             {"id":"b","features":{"amount":1}},
             {"id":"c","prediction":"0","features":{"amount":"abc"}},
             {"id":"d","prediction":"0","score":7},
             {"id":"a","prediction":"1","features":{"amount":2}},
             {"id":"e","prediction":"0","features":{"amount":"12"}},
             {"id":"f","prediction":"0","time":"2020-01-01T00:00:00Z"},
             {"id":"g","prediction":"0","features":{"amount":5}}]
            """);
        var json = answer.Ok();
        Assert.Equal((2, 1, 1, 4), ((int)json["accepted"]!, (int)json["duplicates"]!, (int)json["too_late"]!, (int)json["rejected"]!));
        // 1 and 3 were the decoder's to reject, 2 and 5 the model's.
        Assert.Equal([1, 2, 3, 5], json["errors"]!.AsArray().Select(e => (int)e!["index"]!));
        Assert.Equal(["prediction", "features.amount", "score", "features.amount"], json["errors"]!.AsArray().Select(e => (string)e!["field"]!));
        Assert.Equal("expected a number, got \"abc\"", (string?)json["errors"]![1]!["message"]);
    }

    [Fact]
    public async Task Predictions_BadLinesOfNdjson_AreNamedByTheirPlaceAmongTheItems()
    {
        var json = (await fleet.PostLinesAsync("/v1/models/lines/predictions", "{\"prediction\":1.5}\n{\"prediction\":\n\n[]\n{\"prediction\":2.5}\n")).Ok();
        Assert.Equal((2, 2), ((int)json["accepted"]!, (int)json["rejected"]!));
        Assert.Equal([1, 2], json["errors"]!.AsArray().Select(e => (int)e!["index"]!));
    }

    [Fact]
    public async Task Predictions_ManyWrong_ListsTheFirstHundredOfAll()
    {
        await fleet.PutAsync("/v1/models/many-wrong", """{"task":"binary","features":[{"name":"amount","kind":"numeric"}]}""");
        // Even ones are wrong for the decoder, odd ones for the model, the last is good.
        var items = Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? "{}" : """{"prediction":"1","features":{"amount":"x"}}""").Append("""{"prediction":"1"}""");
        var json = (await fleet.PostAsync("/v1/models/many-wrong/predictions", $"[{string.Join(',', items)}]")).Ok();
        Assert.Equal((1, 400), ((int)json["accepted"]!, (int)json["rejected"]!));
        Assert.Equal(Enumerable.Range(0, 100), json["errors"]!.AsArray().Select(e => (int)e!["index"]!));
    }

    [Fact]
    public async Task Predictions_NoneGoodForTheDecoder_IsAProblemWithTheList()
    {
        var problem = (await fleet.PostAsync("/v1/models/none-decoded/predictions", """[{},{"prediction":[]}]""")).Problem(HttpStatusCode.BadRequest);
        Assert.Equal("no prediction was accepted", (string?)problem["detail"]);
        Assert.Equal((0, 0, 0, 2), ((int)problem["accepted"]!, (int)problem["duplicates"]!, (int)problem["too_late"]!, (int)problem["rejected"]!));
        Assert.Equal([0, 1], problem["errors"]!.AsArray().Select(e => (int)e!["index"]!));
        // Nothing was good, so nothing was registered.
        Assert.Equal("There is no model 'none-decoded'.", (await fleet.GetAsync("/v1/models/none-decoded")).Detail(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Predictions_NoneGoodForTheModel_IsAProblemAndTheModelCountsThem()
    {
        await fleet.PutAsync("/v1/models/none-typed", """{"task":"regression","features":[{"name":"amount","kind":"numeric"}]}""");
        var problem = (await fleet.PostAsync("/v1/models/none-typed/predictions", """[{"prediction":"high"},{"prediction":1,"features":{"amount":"x"}}]""")).Problem(HttpStatusCode.BadRequest);
        Assert.Equal(["prediction", "features.amount"], problem["errors"]!.AsArray().Select(e => (string)e!["field"]!));
        Assert.Equal(2, (int)(await fleet.GetAsync("/v1/models/none-typed")).Ok()["counters"]!["rejected"]!);
    }

    [Theory]
    [InlineData("[]", "application/json", "expected at least one prediction, got none")]
    [InlineData("""{"predictions":[]}""", "application/json", "expected at least one prediction, got none")]
    [InlineData("\n\n", "application/x-ndjson", "expected at least one prediction, got none")]
    public async Task Predictions_None_IsAProblem(string body, string contentType, string detail)
    {
        var answer = await fleet.SendAsync(HttpMethod.Post, "/v1/models/empty/predictions", Encoding.UTF8.GetBytes(body), contentType);
        Assert.Equal(detail, answer.Detail(HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"prediction":1}""")]
    [InlineData("""{"predictions":5}""")]
    [InlineData("""{"predictions":[{"prediction":1}""")]
    [InlineData("\"text\"")]
    public async Task Predictions_WhatIsNoDocument_IsAProblem(string body) =>
        Assert.NotEmpty((await fleet.PostAsync("/v1/models/no-document/predictions", body)).Detail(HttpStatusCode.BadRequest));

    [Fact]
    public async Task Predictions_BrokenJson_SaysWhereReadingStopped()
    {
        var problem = (await fleet.PostAsync("/v1/models/no-document/predictions", """[{"prediction":1},{"prediction":}]""")).Problem(HttpStatusCode.BadRequest);
        Assert.Equal(32, (int)problem["byte_offset"]!);
    }

    [Fact]
    public async Task Predictions_MoreItemsThanARequestMayHave_AreTooLarge()
    {
        var body = new StringBuilder();
        for (var i = 0; i <= 10_000; i++) body.Append("{\"prediction\":1}\n");
        var answer = await fleet.PostLinesAsync("/v1/models/too-many/predictions", body.ToString());
        Assert.Equal("more than 10000 items; send it in parts", answer.Detail(HttpStatusCode.RequestEntityTooLarge));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("nonsense")]
    public async Task Predictions_OfAnotherMediaType_AreUnsupported(string? contentType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/models/media/predictions") { Content = new ByteArrayContent("[{\"prediction\":1}]"u8.ToArray()) };
        if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var response = await fleet.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsByteArrayAsync())!;
        Assert.StartsWith("expected a body of application/json or application/x-ndjson, got ", (string?)problem["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".hidden")]
    [InlineData("-dash")]
    [InlineData("white%20space")]
    [InlineData("a%0A")]
    [InlineData("umlaut-%C3%A4")]
    [InlineData("slash%2Fslash")]
    public async Task Predictions_UnderANameThatIsNone_AreRefused(string name) =>
        Assert.StartsWith("expected a model's name", (await fleet.PostAsync($"/v1/models/{name}/predictions", """[{"prediction":1}]""")).Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);

    [Fact]
    public async Task Predictions_UnderTheLongestName_AreAccepted()
    {
        Assert.Equal(1, (int)(await fleet.PostAsync($"/v1/models/{new string('a', 128)}/predictions", """[{"prediction":1}]""")).Ok()["accepted"]!);
        Assert.Equal(HttpStatusCode.BadRequest, (await fleet.PostAsync($"/v1/models/{new string('a', 129)}/predictions", """[{"prediction":1}]""")).Status);
    }

    [Fact]
    public async Task Predictions_FromTheFuture_AreRejected()
    {
        var time = TimeProvider.System.GetUtcNow().AddMinutes(6).ToString("O", CultureInfo.InvariantCulture);
        var problem = (await fleet.PostAsync("/v1/models/future/predictions", $$"""[{"prediction":1,"time":"{{time}}"}]""")).Problem(HttpStatusCode.BadRequest);
        Assert.Equal("time", (string?)problem["errors"]![0]!["field"]);
    }

    [Fact]
    public async Task Predictions_OfARetiredModel_AreRefused()
    {
        await fleet.PostAsync("/v1/models/retired/predictions", """[{"prediction":1}]""");
        Assert.Equal("retired", (string?)(await fleet.SendAsync(HttpMethod.Post, "/v1/models/retired/retire")).Ok()["state"]);
        Assert.Equal("Model 'retired' is retired.", (await fleet.PostAsync("/v1/models/retired/predictions", """[{"prediction":1}]""")).Detail(HttpStatusCode.Conflict));
        await fleet.PutAsync("/v1/models/retired", "{}");
        Assert.Equal(1, (int)(await fleet.PostAsync("/v1/models/retired/predictions", """[{"prediction":1}]""")).Ok()["accepted"]!);
    }
}
