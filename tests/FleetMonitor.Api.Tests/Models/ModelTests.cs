using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetMonitor.Core.Scores;
using FleetMonitor.Grains;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FleetMonitor.Api.Tests.Models;

[Collection(nameof(Fleet))]
public sealed class ModelTests(Fleet fleet)
{
    [Fact]
    public async Task Put_ASpec_RegistersTheModelAndAnswersWithItsDescription()
    {
        var model = (await fleet.PutAsync("/v1/models/described", """
            {"task":"binary","positive":"1","version":"3","team":"risk","family":"credit","tier":"1",
             "features":[{"name":"amount","kind":"numeric","min":0},{"name":"country","kind":"categorical"}],
             "windows":["5m","1h","24h","7d"],"headline_window":"1h","min_samples":100,"label_delay":"2d","label_horizon":"7d","segments":["region"],
             "thresholds":{"accuracy":0.85,"confidence":0.7,"latency_seconds":1,"drift":{"ks":0.1,"psi":0.2}},"reference":{"capture":5000}}
            """)).Ok();
        Assert.Equal(("described", "3", "risk", "capturing"), ((string)model["name"]!, (string)model["version"]!, (string)model["spec"]!["team"]!, (string)model["state"]!));
        Assert.Null(model["reference"]);
        var overview = (await fleet.GetAsync("/v1/models/described")).Ok().AsObject();
        Assert.Equal(("1h", "no_reference"), ((string?)overview["headline"]!["window"], (string?)overview["headline"]!["verdict"]));
        overview.Remove("headline");
        Assert.NotEmpty(model["spec_changes"]!.AsArray());
        foreach (var member in (string[])["spec_changes", "restarted"]) model.AsObject().Remove(member);
        Assert.Equal(model.ToJsonString(), overview.ToJsonString());
    }

    [Fact]
    public async Task Get_IsWrittenAsCoreWritesIt()
    {
        await fleet.PostAsync("/v1/models/as-core/predictions", """[{"prediction":1.5,"features":{"a":1}}]""");
        var answer = (await fleet.GetAsync("/v1/models/as-core/performance?window=1h")).Ok();
        var scores = await fleet.Services.GetRequiredService<IGrainFactory>().GetGrain<IModelGrain>("as-core").Score(TimeSpan.FromHours(1));
        var core = JsonSerializer.SerializeToNode(scores, ScoreJson.Options)!["windows"]![0]!;
        var window = answer["windows"]![0]!.AsObject();
        foreach (var member in new[] { "window", "from", "predictions", "latency", "confidence", "performance" }) Assert.Equal(core[member]?.ToJsonString(), window[member]?.ToJsonString());
        // What does not exist is there, as null.
        Assert.True(window.ContainsKey("confidence"));
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/performance")]
    [InlineData("GET", "/drift")]
    [InlineData("GET", "/features")]
    [InlineData("GET", "/features/amount")]
    [InlineData("GET", "/history")]
    [InlineData("POST", "/rebaseline")]
    [InlineData("POST", "/retire")]
    [InlineData("DELETE", "")]
    public async Task AnyRequest_OfAModelThatNobodyRegistered_IsNotFoundAndRegistersNone(string method, string path)
    {
        Assert.Equal("There is no model 'nobody'.", (await fleet.SendAsync(new HttpMethod(method), $"/v1/models/nobody{path}")).Detail(HttpStatusCode.NotFound));
        Assert.Equal(0, (int)(await fleet.GetAsync("/v1/models?search=nobody")).Ok()["total"]!);
    }

    [Fact]
    public async Task Maintenance_OfAModelThatNobodyRegistered_IsNotFound() =>
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.PostAsync("/v1/models/nobody/maintenance", """{"duration":"1h"}""")).Status);

    [Fact]
    public async Task Put_ASpecWithMistakes_ListsThemAllAndRegistersNothing()
    {
        var problem = (await fleet.PutAsync("/v1/models/mistaken", """{"windows":["61m"],"min_samples":0,"thresholds":{"accuracy":2}}""")).Problem(HttpStatusCode.BadRequest);
        Assert.Equal("the spec was not accepted", (string?)problem["detail"]);
        Assert.Equal(["windows[0]", "min_samples", "thresholds.accuracy"], problem["errors"]!.AsArray().Select(e => (string)e!["field"]!));
        Assert.All(problem["errors"]!.AsArray(), e => Assert.NotEmpty((string)e!["message"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.GetAsync("/v1/models/mistaken")).Status);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("""{"colour":"red"}""")]
    public async Task Put_WhatIsNoSpec_IsAProblemWithAnError(string body) =>
        Assert.Single((await fleet.PutAsync("/v1/models/no-spec", body)).Problem(HttpStatusCode.BadRequest)["errors"]!.AsArray());

    [Fact]
    public async Task Put_OfAnotherMediaType_IsUnsupported() =>
        Assert.Equal("expected a body of application/json, got text/plain", (await fleet.PutAsync("/v1/models/no-spec", "{}", "text/plain")).Detail(HttpStatusCode.UnsupportedMediaType));

    [Fact]
    public async Task Delete_AModel_LeavesNothingOfIt()
    {
        await fleet.PostAsync("/v1/models/deleted/predictions", """[{"prediction":1.5}]""");
        Assert.Equal(HttpStatusCode.NoContent, (await fleet.SendAsync(HttpMethod.Delete, "/v1/models/deleted")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.GetAsync("/v1/models/deleted")).Status);
        Assert.Equal(1, (int)(await fleet.PostAsync("/v1/models/deleted/predictions", """[{"prediction":1.5}]""")).Ok()["accepted"]!);
        Assert.Equal(1, (int)(await fleet.GetAsync("/v1/models/deleted")).Ok()["counters"]!["predictions"]!);
    }

    [Fact]
    public async Task List_SortsFiltersAndPages()
    {
        foreach (var (name, team) in new[] { ("list-b", "one"), ("list-a", "one"), ("list-c", "two") }) await fleet.PutAsync($"/v1/models/{name}", $$"""{"team":"{{team}}"}""");
        var page = (await fleet.GetAsync("/v1/models?sort=name&search=LIST-&page_size=2&page=1")).Ok();
        Assert.Equal(["models", "total", "page", "page_size"], page.AsObject().Select(m => m.Key));
        Assert.Equal((3, 1, 2), ((int)page["total"]!, (int)page["page"]!, (int)page["page_size"]!));
        Assert.Equal(["list-a", "list-b"], Names(page));
        Assert.Equal(["list-c"], Names((await fleet.GetAsync("/v1/models?sort=name&search=list-&page_size=2&page=2")).Ok()));
        Assert.Empty(Names((await fleet.GetAsync("/v1/models?sort=name&search=list-&page=2147483647&page_size=500")).Ok()));

        // A model's summary is written within some seconds of its registration.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        JsonNode team2;
        while ((int)(team2 = (await fleet.GetAsync("/v1/models?team=two&search=list-")).Ok())["total"]! == 0) await Task.Delay(50, patience.Token);
        Assert.Equal(["list-c"], Names(team2));
        Assert.Equal(("waiting", "two"), ((string?)team2["models"]![0]!["summary"]!["state"], (string?)team2["models"]![0]!["summary"]!["team"]));
    }

    [Theory]
    [InlineData("team=a&team=b", "team: expected once")]
    [InlineData("sort=worst", "sort: expected trouble, name, last_prediction or predictions; got \"worst\"")]
    [InlineData("page=0", "page: expected 1 or more, got 0")]
    [InlineData("page=two", "page: expected a whole number, got \"two\"")]
    [InlineData("page_size=501", "page_size: expected 1 to 500, got 501")]
    [InlineData("page_size=many", "page_size: expected a whole number, got \"many\"")]
    public async Task List_WithAQueryThatIsNone_SaysWhatWasExpected(string query, string detail) =>
        Assert.Equal(detail, (await fleet.GetAsync($"/v1/models?{query}")).Detail(HttpStatusCode.BadRequest));

    [Theory]
    [InlineData("trouble")]
    [InlineData("last_prediction")]
    [InlineData("predictions")]
    public async Task List_InEachOrder_IsAnswered(string sort) => Assert.NotNull((await fleet.GetAsync($"/v1/models?sort={sort}&tier=x&family=y&task=binary&state=live")).Ok()["models"]);

    private static IEnumerable<string> Names(JsonNode page) => page["models"]!.AsArray().Select(m => (string)m!["name"]!);
}
