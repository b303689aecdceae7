using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FleetMonitor.Testing;
using Xunit;

namespace FleetMonitor.Api.Tests.Inference;

[Collection(nameof(Fleet))]
public sealed class V2Tests(Fleet fleet)
{
    private const string Row = """{"id":"42","inputs":[{"name":"X","shape":[1,3],"datatype":"FP32","data":[1,0.5,2]}]}""";

    [Fact]
    public async Task Server_Metadata_SaysWhatItIs()
    {
        foreach (var path in new[] { "/v2", "/v2/" })
        {
            var server = (await fleet.GetAsync(path)).Ok();
            Assert.Equal("fleetmonitor", (string?)server["name"]);
            Assert.Contains("binary_tensor_data", server["extensions"]!.AsArray().Select(e => (string?)e));
        }
        Assert.True((bool)(await fleet.GetAsync("/v2/health/live")).Ok()["live"]!);
    }

    [Fact]
    public async Task Server_EveryModelAnswers_IsReady()
    {
        await fleet.ModelsAreServedAsync();
        var ready = (await fleet.GetAsync("/v2/health/ready")).Ok();
        Assert.True((bool)ready["ready"]!);
    }

    [Fact]
    public async Task Model_Metadata_HasVersionsTensorsAndProperties()
    {
        await fleet.ModelsAreServedAsync();
        var model = (await fleet.GetAsync("/v2/models/logistic")).Ok();
        Assert.Equal("""{"name":"logistic","versions":["3","1"],"platform":"onnx_onnxv1","inputs":[{"name":"X","datatype":"FP32","shape":[-1,3]}],"outputs":[{"name":"probability","datatype":"FP32","shape":[-1,1]}]}""", Without(model, "properties"));
        Assert.Equal("binary", (string?)model["properties"]!["task"]);
        var maps = (await fleet.GetAsync("/v2/models/maps/versions/1")).Ok();
        Assert.Equal("fraud,legit", (string?)maps["properties"]!["classes"]);
        Assert.Equal("""[{"name":"output_label","datatype":"BYTES","shape":[-1]},{"name":"output_probability","datatype":"FP32","shape":[-1,2]}]""", maps["outputs"]!.ToJsonString());
        Assert.Equal("""{"name":"logistic","ready":true}""", (await fleet.GetAsync("/v2/models/logistic/versions/3/ready")).Ok().ToJsonString());
    }

    [Theory]
    [InlineData("GET", "/v2/models/nobody")]
    [InlineData("GET", "/v2/models/nobody/ready")]
    [InlineData("GET", "/v2/models/logistic/versions/2")]
    [InlineData("GET", "/v2/models/logistic/versions/2/ready")]
    [InlineData("POST", "/v2/models/nobody/infer")]
    [InlineData("GET", "/v2/nothing")]
    public async Task Anything_ThatThereIsNot_IsAnErrorOfTheProtocol(string method, string path)
    {
        await fleet.ModelsAreServedAsync();
        Error(await fleet.SendAsync(new HttpMethod(method), path, method == "POST" ? Encoding.UTF8.GetBytes(Row) : null), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Infer_Json_AnswersUnderTheRequestsId()
    {
        await fleet.ModelsAreServedAsync();
        var answer = (await fleet.PostAsync("/v2/models/logistic/infer", Row)).Ok();
        Assert.Equal(("logistic", "3", "42"), ((string?)answer["model_name"], (string?)answer["model_version"], (string?)answer["id"]));
        var output = Assert.Single(answer["outputs"]!.AsArray())!;
        Assert.Equal(("probability", "FP32", "[1,1]"), ((string?)output["name"], (string?)output["datatype"], output["shape"]!.ToJsonString()));
        Assert.Equal(ServedModels.Score(-0.25, 1, 0.5, 2), (double)output["data"]![0]!, 1e-6);
        var older = (await fleet.PostAsync("/v2/models/logistic/versions/1/infer", Row)).Ok();
        Assert.Equal(ServedModels.Score(0.25, 1, 0.5, 2), (double)older["outputs"]![0]!["data"]![0]!, 1e-6);
    }

    [Theory]
    [InlineData("""{"inputs":[{"data":[[1,0.5,2],[0,0,0]],"datatype":"FP32","name":"X","shape":[2,3]}]}""")]
    [InlineData("""{"parameters":{"a":1,"b":"c","d":true},"inputs":[{"parameters":{"x":1.5},"name":"X","shape":[2,3],"datatype":"FP32","data":[1,0.5,2,0,0,0]}],"outputs":[],"more":{"deep":[{}]}}""")]
    public async Task Infer_AnyOrderAndNesting_IsUnderstood(string body)
    {
        await fleet.ModelsAreServedAsync();
        var answer = (await fleet.PostAsync("/v2/models/logistic/infer", body)).Ok();
        Assert.NotEmpty((string)answer["id"]!);
        Assert.Equal([ServedModels.Score(-0.25, 1, 0.5, 2), ServedModels.Score(-0.25, 0, 0, 0)], answer["outputs"]![0]!["data"]!.AsArray().Select(v => (double)v!), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public async Task Infer_ChosenOutputs_ComeAloneAndInTheirOrder()
    {
        await fleet.ModelsAreServedAsync();
        var request = JsonNode.Parse(Row)!;
        request["outputs"] = JsonNode.Parse("""[{"name":"output_probability"},{"name":"output_label"}]""");
        var answer = (await fleet.PostAsync("/v2/models/maps/infer", request.ToJsonString())).Ok();
        Assert.Equal(["output_probability", "output_label"], answer["outputs"]!.AsArray().Select(o => (string?)o!["name"]));
        Assert.Equal("fraud", (string?)answer["outputs"]![1]!["data"]![0]);
        request["outputs"] = JsonNode.Parse("""[{"name":"nothing"}]""");
        Assert.Equal("there is no output \"nothing\"; there are output_label, output_probability", Error(await fleet.PostAsync("/v2/models/maps/infer", request.ToJsonString()), HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("echo-bool", "BOOL", "true,false")]
    [InlineData("echo-uint8", "UINT8", "0,255")]
    [InlineData("echo-uint16", "UINT16", "0,65535")]
    [InlineData("echo-uint32", "UINT32", "0,4294967295")]
    [InlineData("echo-uint64", "UINT64", "0,18446744073709551615")]
    [InlineData("echo-int8", "INT8", "-128,127")]
    [InlineData("echo-int16", "INT16", "-32768,32767")]
    [InlineData("echo-int32", "INT32", "-2147483648,2147483647")]
    [InlineData("echo-int64", "INT64", "-9223372036854775808,9223372036854775807")]
    [InlineData("echo-half", "FP16", "0.5,-2")]
    [InlineData("echo-float", "FP32", "0.1,-3.4028235E+38")]
    [InlineData("echo-double", "FP64", "0.1,-1.7976931348623157E+308")]
    [InlineData("echo-text", "BYTES", "\"Gr\\u00F6\\u00DFe\",\"\"")]
    public async Task Infer_EveryType_GoesThroughJsonUnharmed(string model, string type, string data)
    {
        await fleet.ModelsAreServedAsync();
        var answer = (await fleet.PostAsync($"/v2/models/{model}/infer", $$"""{"inputs":[{"name":"in","shape":[1,2],"datatype":"{{type}}","data":[{{data}}]}]}""")).Ok();
        Assert.Equal($"[{data}]", answer["outputs"]![0]!["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Infer_BinaryTensors_GoBothWays()
    {
        await fleet.ModelsAreServedAsync();
        var json = Encoding.UTF8.GetBytes("""
            {"id":"b","inputs":[{"name":"country","shape":[2,1],"datatype":"BYTES","parameters":{"binary_data_size":12}},
             {"name":"amount","shape":[2,1],"datatype":"FP32","parameters":{"binary_data_size":8}}],"parameters":{"binary_data_output":true}}
            """);
        byte[] body = [.. json, 2, 0, 0, 0, .. "DE"u8, 2, 0, 0, 0, .. "FR"u8, .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)];
        var answer = await fleet.SendAsync(HttpMethod.Post, "/v2/models/mixed/infer", body, "application/octet-stream", ("Inference-Header-Content-Length", $"{json.Length}"));
        Assert.Equal((HttpStatusCode.OK, "application/octet-stream"), (answer.Status, answer.ContentType));
        var length = int.Parse(answer.Headers.GetValues("Inference-Header-Content-Length").Single(), System.Globalization.CultureInfo.InvariantCulture);
        var head = JsonNode.Parse(answer.Bytes.AsSpan(0, length))!;
        Assert.Equal(8, (int)head["outputs"]![0]!["parameters"]!["binary_data_size"]!);
        Assert.Null(head["outputs"]![0]!["data"]);
        Assert.Equal([2.5f, 0f], new[] { BitConverter.ToSingle(answer.Bytes, length), BitConverter.ToSingle(answer.Bytes, length + 4) });
        Assert.Equal(length + 8, answer.Bytes.Length);
    }

    [Fact]
    public async Task Infer_OneOutputAsBytes_LeavesTheOtherJson()
    {
        await fleet.ModelsAreServedAsync();
        var request = JsonNode.Parse(Row)!;
        request["outputs"] = JsonNode.Parse("""[{"name":"output_label","parameters":{"binary_data":true}},{"name":"output_probability","parameters":{"binary_data":false}}]""");
        var answer = await fleet.PostAsync("/v2/models/maps/infer", request.ToJsonString());
        var length = int.Parse(answer.Headers.GetValues("Inference-Header-Content-Length").Single(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal([5, 0, 0, 0, .. "fraud"u8], answer.Bytes[length..]);
        Assert.Equal(2, JsonNode.Parse(answer.Bytes.AsSpan(0, length))!["outputs"]![1]!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Infer_RowThatTheModelFailsOn_IsTheModelsError()
    {
        await fleet.ModelsAreServedAsync();
        var answer = await fleet.PostAsync("/v2/models/table/infer", """{"inputs":[{"name":"X","shape":[1],"datatype":"INT64","data":[99]}]}""");
        Assert.True((int)answer.Status is 400 or 500, $"{(int)answer.Status}");
        Assert.NotEmpty((string)answer.Json["error"]!);
    }

    [Fact]
    public async Task Infer_SixtyFourClients_AllGetTheirOwnAnswer()
    {
        await fleet.ModelsAreServedAsync();
        await Parallel.ForAsync(0, 1_000, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
        {
            var answer = (await fleet.PostAsync("/v2/models/regressor/infer", $$"""{"id":"r-{{i}}","inputs":[{"name":"X","shape":[1,3],"datatype":"FP32","data":[{{i}},0,0]}]}""")).Ok();
            Assert.Equal(($"r-{i}", 10d + i), ((string?)answer["id"], (double)answer["outputs"]![0]!["data"]![0]!));
        });
    }

    [Fact]
    public async Task Repository_IndexUnloadLoad_WorkAsTritons()
    {
        await fleet.ModelsAreServedAsync();
        Assert.Equal("READY", State(await fleet.PostAsync("/v2/repository/index", "{}")));
        Assert.Equal(HttpStatusCode.OK, (await fleet.SendAsync(HttpMethod.Post, "/v2/repository/models/loaded/unload")).Status);
        Assert.Equal("UNAVAILABLE", State(await fleet.SendAsync(HttpMethod.Post, "/v2/repository/index")));
        Assert.Null(State(await fleet.PostAsync("/v2/repository/index", """{"ready":true}""")));
        Assert.Equal("model \"loaded\" is not ready: it was unloaded", Error(await fleet.PostAsync("/v2/models/loaded/infer", Row), HttpStatusCode.ServiceUnavailable));
        (await fleet.GetAsync("/v2/health/ready")).Ok();
        Assert.Equal(HttpStatusCode.OK, (await fleet.PostAsync("/v2/repository/models/loaded/load", "{}")).Status);
        (await fleet.GetAsync("/v2/models/loaded/ready")).Ok();
        Error(await fleet.SendAsync(HttpMethod.Post, "/v2/repository/models/nobody/load"), HttpStatusCode.NotFound);
        Error(await fleet.PostAsync("/v2/repository/index", "[]"), HttpStatusCode.BadRequest);

        static string? State(Answer answer) => (string?)answer.Ok().AsArray().SingleOrDefault(m => (string?)m!["name"] == "loaded")?["state"];
    }

    [Fact]
    public async Task Metrics_OfInference_AreOnThePage()
    {
        await fleet.ModelsAreServedAsync();
        (await fleet.PostAsync("/v2/models/counted/infer", Row)).Ok();
        await Wait.UntilAsync(
            async () => (await fleet.GetAsync("/metrics")).Text.Contains("fleetmonitor_inference_monitored_total{model=\"counted\"} 1", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30),
            () => "the inference to be monitored");
        var page = (await fleet.GetAsync("/metrics")).Text;
        Assert.Contains("fleetmonitor_inference_duration_seconds_count{model=\"counted\",outcome=\"ok\"} 1", page, StringComparison.Ordinal);
        Assert.Contains("fleetmonitor_inference_queue_duration_seconds_count{model=\"counted\"} 1", page, StringComparison.Ordinal);
        Assert.Contains("fleetmonitor_inference_batch_size_sum{model=\"counted\"} 1", page, StringComparison.Ordinal);
    }

    private static string Without(JsonNode node, string member)
    {
        var copy = node.DeepClone().AsObject();
        copy.Remove(member);
        return copy.ToJsonString();
    }

    private static string Error(Answer answer, HttpStatusCode status)
    {
        Assert.True(answer.Status == status, $"expected {(int)status}, got {(int)answer.Status}: {answer.Text}");
        Assert.Equal("application/json; charset=utf-8", answer.ContentType);
        return (string)answer.Json["error"]!;
    }
}
