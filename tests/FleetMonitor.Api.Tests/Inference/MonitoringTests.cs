using System.Globalization;
using System.Text.Json.Nodes;
using FleetMonitor.Testing;
using Xunit;

namespace FleetMonitor.Api.Tests.Inference;

/// <summary>What a model answers becomes predictions of its monitor.</summary>
[Collection(nameof(Fleet))]
public sealed class MonitoringTests(Fleet fleet)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Inferences_WithLabels_GiveTheModelsAccuracy()
    {
        await fleet.ModelsAreServedAsync();
        var random = new Random(9);
        var labels = new JsonArray();
        for (var request = 0; request < 30; request++)
        {
            double[] rows = [.. Enumerable.Range(0, 15).Select(_ => Math.Round((random.NextDouble() * 4) - 2, 3))];
            var answer = (await fleet.PostAsync("/v2/models/watched/infer", Request($"q-{request}", 5, rows))).Ok();
            for (var row = 0; row < 5; row++)
            {
                var label = (string)answer["outputs"]![0]!["data"]![row]!;
                // Every tenth answer was wrong.
                var truth = ((request * 5) + row) % 10 == 0 ? (label == "yes" ? "no" : "yes") : label;
                labels.Add(new JsonObject { ["id"] = $"q-{request}-{row}", ["label"] = truth });
            }
        }
        var model = await CountedAsync("watched", 150);
        Assert.Equal("binary", (string?)model["spec"]!["task"]);
        Assert.Equal("yes", (string?)model["spec"]!["positive"]);
        Assert.Equal(["X_0", "X_1", "X_2"], model["spec"]!["features"]!.AsArray().Select(f => (string?)f!["name"]));
        var joined = (await fleet.PostAsync("/v1/models/watched/labels", labels.ToJsonString())).Ok();
        Assert.Equal(150, (int)joined["joined"]!);
        var performance = (await fleet.GetAsync("/v1/models/watched/performance")).Ok();
        Assert.Equal(0.9, (double)Find(performance, "accuracy")!, 1e-9);
    }

    [Fact]
    public async Task Inferences_OfAModelWithSettings_GoToItsMonitorUnderItsNames()
    {
        await fleet.ModelsAreServedAsync();
        (await fleet.PostAsync("/v2/models/maps/infer", Request("m-1", 1, [1, 2, 3]))).Ok();
        var model = await CountedAsync("maps-monitor", 1);
        Assert.Equal("fraud", (string?)model["spec"]!["positive"]);
        Assert.Equal(["amount", "age", "distance"], model["spec"]!["features"]!.AsArray().Select(f => (string?)f!["name"]));
    }

    [Fact]
    public async Task Inferences_OfRegressionMulticlassAndTexts_AreTaken()
    {
        await fleet.ModelsAreServedAsync();
        (await fleet.PostAsync("/v2/models/softmax/infer", Request("s-1", 1, [1, 2, 3]))).Ok();
        Assert.Equal("multiclass", (string?)(await CountedAsync("softmax", 1))["spec"]!["task"]);
        (await fleet.PostAsync("/v2/models/mixed/infer", """
            {"id":"x","inputs":[{"name":"amount","shape":[1,1],"datatype":"FP32","data":[5]},{"name":"country","shape":[1,1],"datatype":"BYTES","data":["DE"]}]}
            """)).Ok();
        var mixed = await CountedAsync("mixed", 1);
        Assert.Equal("regression", (string?)mixed["spec"]!["task"]);
        Assert.Equal(["country:categorical", "amount:numeric"], mixed["spec"]!["features"]!.AsArray().Select(f => $"{f!["name"]}:{f["kind"]}"));
    }

    [Fact]
    public async Task Inference_WithoutId_IsGivenOneThatALabelFinds()
    {
        await fleet.ModelsAreServedAsync();
        var answer = (await fleet.PostAsync("/v2/models/logistic/infer", """{"inputs":[{"name":"X","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""")).Ok();
        var label = new JsonObject { ["labels"] = new JsonArray(new JsonObject { ["id"] = (string)answer["id"]!, ["label"] = "1" }) };
        await Wait.UntilAsync(
            async () => (await fleet.PostAsync("/v1/models/logistic/labels", label.ToJsonString())) is { } sent && (int)sent.Status == 200 && await JoinedAsync() > 0,
            Soon,
            () => "the label to find its prediction");

        async Task<long> JoinedAsync() => (long)(await fleet.GetAsync("/v1/models/logistic")).Ok()["counters"]!["labels_joined"]!;
    }

    private async Task<JsonNode> CountedAsync(string model, int predictions) => await Wait.ForAsync(
        async () =>
        {
            var answer = await fleet.GetAsync($"/v1/models/{model}");
            return (int)answer.Status == 200 && (long)answer.Json["counters"]!["predictions"]! >= predictions ? answer.Json : null;
        },
        Soon,
        () => $"{predictions} predictions of {model}");

    private static string Request(string id, int rows, double[] values) =>
        $$"""{"id":"{{id}}","inputs":[{"name":"X","shape":[{{rows}},3],"datatype":"FP32","data":[{{string.Join(',', values.Select(v => v.ToString(CultureInfo.InvariantCulture)))}}]}]}""";

    private static JsonNode? Find(JsonNode? node, string member) => node switch
    {
        JsonObject members => members[member] ?? members.Select(m => Find(m.Value, member)).FirstOrDefault(found => found is not null),
        JsonArray items => items.Select(item => Find(item, member)).FirstOrDefault(found => found is not null),
        _ => null,
    };
}
