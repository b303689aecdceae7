using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FleetMonitor.Testing;
using Xunit;

namespace FleetMonitor.Api.Tests.Sink;

/// <summary>Events as KServe's and Seldon's loggers put them on the wire.</summary>
[Collection(nameof(Fleet))]
public sealed class SinkTests(Fleet fleet)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private const string Request = "org.kubeflow.serving.inference.request";
    private const string Response = "org.kubeflow.serving.inference.response";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_OfBothHalvesInEitherOrder_BecomePredictionsThatLabelsFind(bool responseFirst)
    {
        var model = $"sink-order-{responseFirst}";
        var halves = new[] { (Request, """{"instances":[[6.8,2.8],[5.1,null]]}"""), (Response, """{"predictions":[1,0]}""") };
        foreach (var (type, data) in responseFirst ? halves.Reverse() : halves) await OkAsync(model, type, "inference-1", data);
        await CountedAsync(model, 2);
        await OkAsync(model, "org.kubeflow.serving.feedback", "inference-1", """{"labels":[1,1]}""");
        var described = await UntilAsync(model, node => (int)node["counters"]!["labels_joined"]! == 2);
        Assert.Equal(["feature_0", "feature_1"], described["spec"]!["features"]!.AsArray().Select(f => (string)f!["name"]!));
    }

    [Fact]
    public async Task Events_WithTensors_AreReadByTheirNames()
    {
        const string model = "sink-tensors";
        await OkAsync(model, Request, "t-1", """
            {"id":"x","inputs":[{"name":"amount","shape":[2,1],"datatype":"FP64","data":[1.5,2.5]},{"name":"country","shape":[2],"datatype":"BYTES","data":["DE","FR"]}]}
            """);
        await OkAsync(model, Response, "t-1", """
            {"model_version":"7","outputs":[{"name":"predict","shape":[2],"datatype":"INT64","data":[0,1]},{"name":"predict_proba","shape":[2,2],"datatype":"FP32","data":[[0.9,0.1],[0.2,0.8]]}]}
            """);
        var described = await CountedAsync(model, 2);
        Assert.Equal("binary", (string?)described["spec"]!["task"]);
        Assert.Equal("7", (string?)described["version"]);
        Assert.Equal("numeric categorical", string.Join(' ', described["spec"]!["features"]!.AsArray().Select(f => (string)f!["kind"]!)));
    }

    /// <summary>The response's event has the request's content type, and none says where the JSON ends.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Events_WithBinaryTensors_AreReadWithAndWithoutTheLengthOfTheirJson(bool says)
    {
        var model = $"sink-binary-{says}";
        var json = """{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","parameters":{"binary_data_size":16}},{"name":"who","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}]}""";
        byte[] tensors = [.. new float[] { 1, 2, 3, 4 }.SelectMany(BitConverter.GetBytes), 1, 0, 0, 0, (byte)'a', 2, 0, 0, 0, (byte)'b', (byte)'c'];
        await OkAsync(model, Request, "b-1", [.. Encoding.UTF8.GetBytes(json), .. tensors], "application/octet-stream", says ? Encoding.UTF8.GetByteCount(json) : null);
        await OkAsync(model, Response, "b-1", Encoding.UTF8.GetBytes("""{"outputs":[{"name":"predict","shape":[2],"datatype":"BYTES","data":["yes","no"]}]}"""), "application/octet-stream");
        var described = await CountedAsync(model, 2);
        Assert.Equal("x_0 x_1 who", string.Join(' ', described["spec"]!["features"]!.AsArray().Select(f => (string)f!["name"]!)));
        Assert.Equal(["yes", "no"], described["classes"]!.AsArray().Select(c => (string)c!));
    }

    [Fact]
    public async Task Events_OfSeldon_AreJoinedByRequestAndLabelledByTruth()
    {
        const string model = "sink-seldon";
        (string, string)[] with = [("ce-requestid", "r-1"), ("ce-modelid", model), ("ce-inferenceservicename", "deployment")];
        await OkAsync("io.seldon.serving.inference.request", "e-1", """{"data":{"names":["a","b"],"ndarray":[[1,2]]}}""", with);
        await OkAsync("io.seldon.serving.inference.response", "e-2", """{"data":{"names":["no","yes"],"tensor":{"shape":[1,2],"values":[0.25,0.75]}}}""", with);
        await OkAsync("io.seldon.serving.feedback", "e-3", """{"reward":1,"truth":{"data":{"ndarray":[["yes"]]}}}""", with);
        var described = await UntilAsync(model, node => (int)node["counters"]!["labels_joined"]! == 1);
        Assert.Equal("a b", string.Join(' ', described["spec"]!["features"]!.AsArray().Select(f => (string)f!["name"]!)));
        Assert.Equal("yes", (string?)described["classes"]![0]);
    }

    [Fact]
    public async Task Events_OfAModelWithAMapping_AreReadAsItSays()
    {
        const string model = "sink-mapped";
        (await fleet.PutAsync($"/v1/models/{model}", """
            {"task":"binary","positive":"bad","features":[{"name":"amount","kind":"numeric"}],"payload":{"features":["","amount"],"probability":"output-0","classes":["good","bad"]}}
            """)).Ok();
        await OkAsync(model, Request, "m-1", """{"inputs":[{"name":"input-0","shape":[1,2],"datatype":"FP64","data":[7,12.5]}]}""");
        await OkAsync(model, Response, "m-1", """{"outputs":[{"name":"output-0","shape":[1,1],"datatype":"FP64","data":[0.9]}]}""");
        var described = await CountedAsync(model, 1);
        Assert.Equal(["bad"], described["classes"]!.AsArray().Select(c => (string)c!));
        Assert.Equal(0, (int)described["counters"]!["unknown_features"]!);
    }

    [Fact]
    public async Task Events_StructuredAndBatched_AreTheSame()
    {
        const string model = "sink-structured";
        var request = Event(model, Request, "s-1", ("data", JsonNode.Parse("""{"instances":[{"age":31,"country":"DE"}]}""")!));
        var response = Event(model, Response, "s-1", ("data_base64", Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"predictions":[{"prediction":"1","probabilities":{"0":0.2,"1":0.8}}]}"""))));
        var none = new JsonObject { ["specversion"] = "1.0" };
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(request.ToJsonString(), "application/cloudevents+json; charset=utf-8")).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(new JsonArray(none, response).ToJsonString(), "application/cloudevents-batch+json")).Status);
        var described = await CountedAsync(model, 1);
        Assert.Equal("age country", string.Join(' ', described["spec"]!["features"]!.AsArray().Select(f => (string)f!["name"]!)));
        Assert.Contains("no event was accepted", (await PostAsync("[{},3]", "application/cloudevents-batch+json")).Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_OfOtherTypesAndComponents_AreTakenAndIgnored()
    {
        await OkAsync("sink-other", "org.example.something", "o-1", "{}");
        await OkAsync(Request, "o-2", """{"instances":[[1]]}""", [("ce-inferenceservicename", "sink-other"), ("ce-component", "explainer")]);
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.GetAsync("/v1/models/sink-other")).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[1,2]")]
    [InlineData("""{"instances":{"a":1}}""")]
    [InlineData("""{"instances":[[1,2],[3]]}""")]
    [InlineData("""{"instances":[[{"a":1}]]}""")]
    [InlineData("""{"instances":["\ud800"]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[-1],"datatype":"FP32","data":[1]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[4611686018427387904,4],"datatype":"FP32","data":[1]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP128","data":[1]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":2147483648}}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":4}}]}""" + "\u007f\u007f\u007f\u007f")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]} more""")]
    public async Task Payload_ThatIsNone_IsRefused(string payload)
    {
        var answer = await SendAsync(Request, "x-1", Encoding.UTF8.GetBytes(payload), "application/json", [("ce-inferenceservicename", "sink-none")]);
        Assert.NotEmpty(answer.Detail(HttpStatusCode.BadRequest));
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.GetAsync("/v1/models/sink-none")).Status);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("-1")]
    [InlineData("2147483647")]
    [InlineData("many")]
    public async Task Payload_WhoseJsonsLengthIsALie_IsRefused(string length)
    {
        var data = Encoding.UTF8.GetBytes("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}""");
        var answer = await SendAsync(Request, "x-2", data, "application/json", [("ce-inferenceservicename", "sink-none"), ("Inference-Header-Content-Length", length)]);
        Assert.Contains("Inference-Header-Content-Length", answer.Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ce-id")]
    [InlineData("ce-type")]
    [InlineData("ce-source")]
    [InlineData("ce-specversion")]
    [InlineData("ce-inferenceservicename")]
    public async Task Event_WithoutAnAttribute_IsRefusedByItsName(string missing)
    {
        (string, string)[] headers = [("ce-id", "1"), ("ce-type", Request), ("ce-source", "/"), ("ce-specversion", "1.0"), ("ce-inferenceservicename", "sink-none")];
        var answer = await fleet.SendAsync(HttpMethod.Post, "/", "{\"instances\":[[1]]}"u8.ToArray(), "application/json", [.. headers.Where(h => h.Item1 != missing)]);
        Assert.Contains(missing[3..], answer.Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id", 9_000, "id: expected at most 8192 characters")]
    [InlineData("source", 9_000, "source: expected at most 8192 characters")]
    [InlineData("endpoint", 9_000, "endpoint: expected at most 8192 characters")]
    [InlineData("namespace", 5_000, "namespace: expected at most 4096 bytes")]
    [InlineData("id", 300, "id: expected at most 240 bytes")]
    public async Task Event_WithAnAttributeThatIsTooLong_IsRefusedByItsName(string attribute, int length, string expected)
    {
        var refused = Event("sink-none", Request, "1", ("data", JsonNode.Parse("""{"instances":[[1]]}""")!));
        refused[attribute] = new string('x', length);
        Assert.Equal(expected, (await PostAsync(refused.ToJsonString(), "application/cloudevents+json")).Detail(HttpStatusCode.BadRequest));
        // In a batch it costs itself alone.
        var good = Event("sink-beside", Request, $"{attribute}-{length}", ("data", JsonNode.Parse("""{"instances":[[1]]}""")!));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(new JsonArray(refused.DeepClone(), good).ToJsonString(), "application/cloudevents-batch+json")).Status);
    }

    [Fact]
    public async Task Names_OfSeldonThatAreTooLong_AreRefused()
    {
        var payload = $$$"""{"data":{"names":["{{{new string('x', 201)}}}"],"ndarray":[[1]]}}""";
        var answer = await SendAsync("io.seldon.serving.inference.request", "n-1", Encoding.UTF8.GetBytes(payload), "application/json", [("ce-modelid", "sink-none")]);
        Assert.Equal("names: expected at most 200 characters", answer.Detail(HttpStatusCode.BadRequest));
    }

    /// <summary>Names of other columns than there are, and of none.</summary>
    [Theory]
    [InlineData("fewer", """["a"]""", "feature_0 feature_1")]
    [InlineData("more", """["a","b","c"]""", "feature_0 feature_1")]
    [InlineData("null", """[null,"b"]""", "b")]
    public async Task Names_OfSeldonThatDoNotFit_AreNotTakenForIt(string name, string names, string features)
    {
        var model = $"sink-names-{name}";
        (string, string)[] with = [("ce-requestid", "r-1"), ("ce-modelid", model)];
        await OkAsync("io.seldon.serving.inference.request", "e-1", $$$"""{"data":{"tensor":{"shape":[1,2],"values":[1,2]},"names":{{{names}}} }}""", with);
        await OkAsync("io.seldon.serving.inference.response", "e-2", """{"data":{"ndarray":[["yes"]]}}""", with);
        var described = await CountedAsync(model, 1);
        Assert.Equal(features, string.Join(' ', described["spec"]!["features"]!.AsArray().Select(f => (string)f!["name"]!)));
    }

    /// <summary>Bytes at random, and good payloads with bytes changed at random: an answer below 500 each time, and the next good one is taken.</summary>
    [Fact]
    public async Task Payload_Garbled_NeverBreaksTheSink()
    {
        var random = new Random(4);
        string[] good =
        [
            """{"instances":[[6.8,2.8,"a"],[5.1,3.5,"b"]]}""",
            """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}        """,
            """{"data":{"names":["a"],"tensor":{"shape":[1,1],"values":[1]}}}""",
        ];
        for (var i = 0; i < 500; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(good[random.Next(good.Length)]);
            for (var change = random.Next(1, 6); change > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var answer = await SendAsync(Request, $"g-{i}", bytes, "application/json", [("ce-inferenceservicename", "sink-garbled")]);
            Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge, $"{(int)answer.Status}: {answer.Text} of {Convert.ToHexString(bytes)}");
        }
        await OkAsync("sink-after", Request, "a-1", """{"instances":[[1]]}""");
        await OkAsync("sink-after", Response, "a-1", """{"predictions":[1]}""");
        await CountedAsync("sink-after", 1);
    }

    private async Task<JsonNode> CountedAsync(string model, int predictions) =>
        await UntilAsync(model, node => (int)node["counters"]!["predictions"]! == predictions);

    private async Task<JsonNode> UntilAsync(string model, Func<JsonNode, bool> condition)
    {
        var last = "";
        return await Wait.ForAsync(
            async () =>
            {
                var answer = await fleet.GetAsync($"/v1/models/{model}");
                last = answer.Text;
                return answer.Status == HttpStatusCode.OK && condition(answer.Json) ? answer.Json : null;
            },
            Deadline,
            () => last);
    }

    private Task OkAsync(string model, string type, string id, string data) => OkAsync(type, id, data, [("ce-inferenceservicename", model), ("ce-namespace", "default"), ("ce-component", "predictor"), ("ce-endpoint", "default"), ("ce-metadata", "{}")]);

    private Task OkAsync(string model, string type, string id, byte[] data, string contentType, int? json = null) =>
        OkAsync(type, id, data, contentType, json is { } length ? [("ce-inferenceservicename", model), ("Inference-Header-Content-Length", FormattableString.Invariant($"{length}"))] : [("ce-inferenceservicename", model)]);

    private Task OkAsync(string type, string id, string data, (string, string)[] headers) =>
        OkAsync(type, id, Encoding.UTF8.GetBytes(data), "application/json", headers);

    private async Task OkAsync(string type, string id, byte[] data, string contentType, (string, string)[] headers)
    {
        var answer = await SendAsync(type, id, data, contentType, headers);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{(int)answer.Status}: {answer.Text}");
    }

    private Task<Answer> SendAsync(string type, string id, byte[] data, string contentType, (string, string)[] headers) =>
        fleet.SendAsync(HttpMethod.Post, "/", data, contentType, [("ce-specversion", "1.0"), ("ce-type", type), ("ce-id", id), ("ce-source", "http://localhost:9081/"), .. headers]);

    private Task<Answer> PostAsync(string json, string contentType) => fleet.SendAsync(HttpMethod.Post, "/", Encoding.UTF8.GetBytes(json), contentType);

    private static JsonObject Event(string model, string type, string id, (string Name, JsonNode Value) data) => new()
    {
        ["specversion"] = "1.0",
        ["type"] = type,
        ["id"] = id,
        ["source"] = "/",
        ["inferenceservicename"] = model,
        [data.Name] = data.Value,
    };
}
