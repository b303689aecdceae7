using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace FleetMonitor.Api.Tests.Ingest;

[Collection(nameof(Fleet))]
public sealed class LabelsTests(Fleet fleet)
{
    [Fact]
    public async Task Labels_BeforeAfterAndAgain_AreJoinedPendingAndCorrected()
    {
        await fleet.PostAsync("/v1/models/labels/predictions", """[{"id":"a","prediction":"1"},{"id":"b","prediction":"0"}]""");
        var answer = await fleet.PostAsync("/v1/models/labels/labels", """{"labels":[{"id":"a","label":"1","time":"2026-11-22T10:00:00Z"},{"id":"later","label":0}]}""");
        Assert.Equal("""{"accepted":2,"joined":1,"pending":1,"corrected":0,"rejected":0,"errors":[]}""", answer.Ok().ToJsonString());

        answer = await fleet.PostLinesAsync("/v1/models/labels/labels", "{\"id\":\"a\",\"label\":false}\n{\"id\":\"a\",\"label\":0}\n{\"label\":1}\n{\"id\":\"b\",\"label\":1}\n");
        var json = answer.Ok();
        Assert.Equal((1, 1), ((int)json["corrected"]!, (int)json["joined"]!));
        var model = (await fleet.GetAsync("/v1/models/labels")).Ok();
        Assert.Equal(2, (int)model["labels"]!["joined"]!);
    }

    [Fact]
    public async Task Labels_WrongOnesAmongGoodOnes_AreNamedByTheirPlaceInTheRequest()
    {
        await fleet.PostAsync("/v1/models/labels-partial/predictions", """[{"id":"a","prediction":1.5},{"id":"b","prediction":2.5}]""");
        var json = (await fleet.PostAsync("/v1/models/labels-partial/labels", """[{"label":1},{"id":"a","label":"high"},{"id":"b","label":2.0}]""")).Ok();
        Assert.Equal((1, 2), ((int)json["accepted"]!, (int)json["rejected"]!));
        Assert.Equal([(0, "id"), (1, "label")], json["errors"]!.AsArray().Select(e => ((int)e!["index"]!, (string)e["field"]!)));
    }

    [Fact]
    public async Task Labels_NoneGood_IsAProblemWithTheList()
    {
        var problem = (await fleet.PostAsync("/v1/models/labels-none/labels", """[{"id":"a"}]""")).Problem(HttpStatusCode.BadRequest);
        Assert.Equal("no label was accepted", (string?)problem["detail"]);
        Assert.Equal(["accepted", "joined", "pending", "corrected", "rejected", "errors"],
            ((JsonObject)problem).Select(m => m.Key).Where(k => k is not ("type" or "title" or "status" or "detail" or "trace_id")));
        Assert.Equal("label", (string?)problem["errors"]![0]!["field"]);
    }

    [Fact]
    public async Task Labels_None_IsAProblem() =>
        Assert.Equal("expected at least one label, got none", (await fleet.PostAsync("/v1/models/labels-none/labels", """{"labels":[]}""")).Detail(HttpStatusCode.BadRequest));
}
