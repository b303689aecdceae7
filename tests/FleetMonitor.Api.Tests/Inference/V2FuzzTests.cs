using System.Globalization;
using System.Text;
using Xunit;

namespace FleetMonitor.Api.Tests.Inference;

/// <summary>Whatever is sent, the answer is a refusal in words, and the server goes on.</summary>
[Collection(nameof(Fleet))]
public sealed class V2FuzzTests(Fleet fleet)
{
    private const string Good = """{"id":"42","inputs":[{"name":"X","shape":[1,3],"datatype":"FP32","data":[1,0.5,2]}]}""";

    public static TheoryData<string, string> Wrong => new()
    {
        { "", "the body is no JSON" },
        { "null", "expected an object" },
        { "[]", "expected an object" },
        { "{}", "inputs: expected at least one" },
        { """{"inputs":[]}""", "inputs: expected at least one" },
        { """{"inputs":{}}""", "inputs: expected an array" },
        { """{"inputs":[1]}""", "inputs: expected objects" },
        { """{"id":7,"inputs":[]}""", "id: expected a string" },
        { Input("\"name\":5"), "inputs.name: expected a string" },
        { Input("\"name\":\"X\",\"datatype\":\"FP32\",\"data\":[1]"), "expected a shape" },
        { Input("\"name\":\"X\",\"shape\":[1],\"data\":[1]"), "expected a datatype" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\""), "expected data" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FLOAT\",\"data\":[1,2,3]"), "got \"FLOAT\"" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP64\",\"data\":[1,2,3]"), "expected datatype FP32" },
        { Input("\"name\":\"Y\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,2,3]"), "there is no input" },
        { Input("\"name\":\"X\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3]"), "expected 4 elements" },
        { Input("\"name\":\"X\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,2,3]"), "got more" },
        { Input("\"name\":\"X\",\"shape\":[0,3],\"datatype\":\"FP32\",\"data\":[]"), "dimensions of 1 or more" },
        { Input("\"name\":\"X\",\"shape\":[-1,-3],\"datatype\":\"FP32\",\"data\":[1,2,3]"), "dimensions of 1 or more" },
        { Input("\"name\":\"X\",\"shape\":[4294967296,4294967296],\"datatype\":\"FP32\",\"data\":[1]"), "dimensions of 1 or more" },
        { Input("\"name\":\"X\",\"shape\":[3037000500,3037000500,2],\"datatype\":\"FP32\",\"data\":[1]"), "dimensions of 1 or more" },
        { Input("\"name\":\"X\",\"shape\":[16777216],\"datatype\":\"FP32\",\"data\":[1]"), "expected 16777216 elements" },
        { Input("\"name\":\"X\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"datatype\":\"FP32\",\"data\":[1]"), "at most 16 dimensions" },
        { Input("\"name\":\"X\",\"shape\":[1.5],\"datatype\":\"FP32\",\"data\":[1]"), "expected whole numbers" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,\"2\",3]"), "element 1: expected FP32, got 2" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,null,3]"), "element 1: expected FP32, got null" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,{},3]"), "got an object" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,1e39,3]"), "element 1: expected FP32, got 1e39" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,NaN,3]"), "the body is no JSON" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":7"), "expected an array of data" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,2,3],\"data\":[1,2,3]"), "given twice" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":12}"), "0 bytes are left behind the JSON" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":2147483648}"), "expected 0 to 2147483647" },
        { Input("\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"parameters\":{\"a\":{}}"), "strings, numbers and bools" },
        { Good[..^1] + ",\"outputs\":[{\"name\":1}]}", "outputs.name: expected a string" },
        { Good[..^1] + ",\"parameters\":{\"binary_data_output\":\"yes\"}}", "expected true or false" },
        { Good[..^1], "the body is no JSON" },
        { Good + "x", "the body is no JSON" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Infer_WrongJson_IsRefusedInWords(string body, string message)
    {
        await fleet.ModelsAreServedAsync();
        Assert.Contains(message, Refusal(await fleet.PostAsync("/v2/models/logistic/infer", body)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_DeepJson_IsRefused()
    {
        await fleet.ModelsAreServedAsync();
        foreach (var open in new[] { "[", "{\"a\":" })
        {
            var deep = string.Concat(Enumerable.Repeat(open, 100_000));
            Refusal(await fleet.PostAsync("/v2/models/logistic/infer", deep));
            Refusal(await fleet.PostAsync("/v2/models/logistic/infer", $$"""{"more":{{deep}}"""));
            Refusal(await fleet.PostAsync("/v2/models/logistic/infer", Input($"\"name\":\"X\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":{deep}")));
        }
    }

    [Fact]
    public async Task Infer_BytesThatAreNoText_AreRefused()
    {
        await fleet.ModelsAreServedAsync();
        byte[] broken = [.. """{"inputs":[{"name":"in","shape":[1,1],"datatype":"BYTES","data":[" """u8[..^1], 0xFF, 0xC0, .. "\"]}]}"u8];
        Refusal(await fleet.SendAsync(HttpMethod.Post, "/v2/models/echo-text/infer", broken, "application/json"));
        Refusal(await fleet.PostAsync("/v2/models/echo-text/infer", """{"inputs":[{"name":"in","shape":[1,1],"datatype":"BYTES","data":["\ud800"]}]}"""));
        Refusal(await Binary("echo-text", "BYTES", "1,1", [2, 0, 0, 0, 0xFF, 0xFE]));
    }

    public static TheoryData<string, string, string, byte[]> WrongBytes => new()
    {
        { "logistic", "FP32", "1,3", new byte[11] },
        { "logistic", "FP32", "1,3", new byte[13] },
        { "logistic", "FP32", "1,3", [] },
        { "echo-bool", "BOOL", "1,2", [1, 7] },
        { "echo-text", "BYTES", "1,1", [0xFF, 0xFF, 0xFF, 0x7F, 1] },
        { "echo-text", "BYTES", "1,1", [0xFF, 0xFF, 0xFF, 0xFF, 1] },
        { "echo-text", "BYTES", "1,1", [1, 0] },
        { "echo-text", "BYTES", "1,2", [1, 0, 0, 0, 65] },
        { "echo-text", "BYTES", "1,1", [1, 0, 0, 0, 65, 66] },
        { "echo-text", "BYTES", "4000,4000", [1, 0, 0, 0, 65] },
        { "echo-float", "FP32", "65536,65536", new byte[4] },
    };

    [Theory]
    [MemberData(nameof(WrongBytes))]
    public async Task Infer_WrongBytes_AreRefused(string model, string type, string shape, byte[] bytes)
    {
        await fleet.ModelsAreServedAsync();
        Refusal(await Binary(model, type, shape, bytes));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1000000")]
    [InlineData("99999999999999999999")]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("0")]
    public async Task Infer_LyingHeaderLength_IsRefused(string length)
    {
        await fleet.ModelsAreServedAsync();
        Refusal(await fleet.PostAsync("/v2/models/logistic/infer", Good, ("Inference-Header-Content-Length", length)));
    }

    [Fact]
    public async Task Infer_BodyBeyondItsBound_Is413()
    {
        await fleet.ModelsAreServedAsync();
        var answer = await fleet.PostAsync("/v2/models/logistic/infer", Good + new string(' ', Fleet.MaxBodyBytes));
        Assert.Equal(413, (int)answer.Status);
        Assert.NotEmpty((string)answer.Json["error"]!);
    }

    /// <summary>Every prefix, and many random changes, of a good request with bytes behind it.</summary>
    [Fact]
    public async Task Infer_MangledRequests_NeverBreakTheServer()
    {
        await fleet.ModelsAreServedAsync();
        var json = Encoding.UTF8.GetBytes("""{"id":"m","inputs":[{"name":"country","shape":[1,1],"datatype":"BYTES","parameters":{"binary_data_size":6}},{"name":"amount","shape":[1,1],"datatype":"FP32","data":[1.5]}]}""");
        byte[] whole = [.. json, 2, 0, 0, 0, .. "DE"u8];
        var random = new Random(17);
        await Parallel.ForAsync(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            byte[] body;
            int length;
            lock (random)
            {
                body = i < whole.Length ? whole[..i] : [.. whole];
                for (var change = 0; i >= whole.Length && change < 1 + (i % 4); change++) body[random.Next(body.Length)] = (byte)random.Next(256);
                length = i % 3 == 0 ? random.Next(body.Length + 2) : Math.Min(json.Length, body.Length);
            }
            var answer = await fleet.SendAsync(
                HttpMethod.Post, "/v2/models/mixed/infer", body, "application/octet-stream", ("Inference-Header-Content-Length", length.ToString(CultureInfo.InvariantCulture)));
            Assert.True((int)answer.Status is 200 or 400, $"{(int)answer.Status}: {answer.Text}");
            if ((int)answer.Status == 400) Assert.NotEmpty((string)answer.Json["error"]!);
        });
        (await fleet.PostAsync("/v2/models/logistic/infer", Good)).Ok();
    }

    private Task<Answer> Binary(string model, string type, string shape, byte[] bytes)
    {
        var input = model.StartsWith("echo", StringComparison.Ordinal) ? "in" : "X";
        var json = Encoding.UTF8.GetBytes($$$"""{"inputs":[{"name":"{{{input}}}","shape":[{{{shape}}}],"datatype":"{{{type}}}","parameters":{"binary_data_size":{{{bytes.Length}}}}}]}""");
        return fleet.SendAsync(
            HttpMethod.Post, $"/v2/models/{model}/infer", [.. json, .. bytes], "application/octet-stream", ("Inference-Header-Content-Length", json.Length.ToString(CultureInfo.InvariantCulture)));
    }

    private static string Input(string members) => $$"""{"inputs":[{{{members}}}]}""";

    private static string Refusal(Answer answer)
    {
        Assert.True((int)answer.Status == 400, $"{(int)answer.Status}: {answer.Text}");
        return (string)answer.Json["error"]!;
    }
}
