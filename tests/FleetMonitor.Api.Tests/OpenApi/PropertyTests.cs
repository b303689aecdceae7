using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace FleetMonitor.Api.Tests.OpenApi;

/// <summary>What the description calls right is taken, what it calls wrong is refused, and every answer is one that it has: requests made from the schemas alone, from a seed.</summary>
[Collection(nameof(Fleet))]
public sealed class PropertyTests(Fleet fleet)
{
    private const int Rounds = 12;

    /// <summary>Members that contradict each other, which no schema says: what the answer then names.</summary>
    private static readonly string[] Contradictions =
    [
        "named twice", "twice", "a regression has no confidence", "a multiclass model has no single score", "there is no feature", "is categorical", "of a classification only", "expected at most alpha", "at most half of window_size",
        "input \\u0022",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Requests_ThatTheDescriptionAllows_AreTaken(int seed)
    {
        await fleet.ModelsAreServedAsync();
        var (api, random, faults) = (new DescribedApi((await fleet.GetAsync("/openapi/v1.json")).Json), new Random(seed), new List<string>());
        var values = new SchemaValues(api.Schemas, random);
        foreach (var operation in api.Operations)
        {
            for (var round = 0; round < Rounds && !IsLast(operation); round++)
            {
                var model = string.Create(CultureInfo.InvariantCulture, $"described-{seed}-{operation.Node["operationId"]}-{round}");
                foreach (var request in Requests(operation, values, model, random, spoil: false))
                {
                    if (random.Next(2) == 0) await fleet.PutAsync($"/v1/models/{request.Model}", "{}");
                    var answer = await request.SendAsync(fleet);
                    if (api.Fault(operation, answer) is { } fault) faults.Add($"{request}: {fault}: {answer.Text}");
                    if (!IsTaken(answer)) faults.Add($"{request}: {(int)answer.Status} {answer.Text}");
                }
            }
        }
        Assert.True(faults.Count == 0, $"{faults.Count}: {string.Join("\n", faults.Take(20))}");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Requests_ThatTheDescriptionForbids_AreRefused(int seed)
    {
        await fleet.ModelsAreServedAsync();
        var (api, random, faults, forbidden) = (new DescribedApi((await fleet.GetAsync("/openapi/v1.json")).Json), new Random(seed), new List<string>(), 0);
        var values = new SchemaValues(api.Schemas, random);
        foreach (var operation in api.Operations)
        {
            for (var round = 0; round < Rounds && !IsLast(operation); round++)
            {
                var model = string.Create(CultureInfo.InvariantCulture, $"forbidden-{seed}-{operation.Node["operationId"]}-{round}");
                foreach (var request in Requests(operation, values, model, random, spoil: true))
                {
                    var answer = await request.SendAsync(fleet);
                    if (api.Fault(operation, answer) is { } fault) faults.Add($"{request}: {fault}: {answer.Text}");
                    if (request.Schema is null || api.Allows(request.Schema, request.Json)) continue;
                    forbidden++;
                    if (!IsRefused(request, answer)) faults.Add($"{request}: {(int)answer.Status} {answer.Text}");
                }
            }
        }
        Assert.True(faults.Count == 0, $"{faults.Count}: {string.Join("\n", faults.Take(20))}");
        Assert.True(forbidden > 100, $"only {forbidden} were forbidden");
    }

    /// <summary>After it nothing is served any more.</summary>
    private static bool IsLast(DescribedOperation operation) => (string?)operation.Node["operationId"] == "UnloadModel";

    private static bool IsTaken(Answer answer) =>
        (int)answer.Status is (>= 200 and < 300) or 404 or 409 || (answer.Status == HttpStatusCode.BadRequest && Contradictions.Any(c => answer.Text.Contains(c, StringComparison.Ordinal)));

    /// <summary>Good items of a batch are kept beside bad ones: where the answer counts, it says so.</summary>
    private static bool IsRefused(DescribedRequest request, Answer answer) =>
        (int)answer.Status is >= 400 and < 500
        || (answer.Status == HttpStatusCode.OK && (answer.Bytes.Length > 0 ? answer.Json["rejected"] is { } rejected && (int)rejected > 0 : request.Json is JsonArray { Count: > 1 }));

    private static List<DescribedRequest> Requests(DescribedOperation operation, SchemaValues values, string model, Random random, bool spoil)
    {
        var spoilt = spoil ? random.Next(operation.Parameters("query").Count() + 1) : -1;
        var query = operation.Parameters("query").Select((p, i) => (Name: (string)p["name"]!, Value: i == spoilt ? "no such value!" : random.Next(3) == 0 ? Text(values.Make((JsonObject)p["schema"]!)) : null));
        var bodies = operation.Bodies.ToList();
        if (bodies.Count == 0) return [One(null, null)];
        // What one body makes of a model is not to decide on the next.
        return [.. bodies.Select((body, i) => One(body.Type, body.Schema, string.Create(CultureInfo.InvariantCulture, $"-{i}")))];

        DescribedRequest One(string? type, JsonObject? schema, string suffix = "")
        {
            var path = operation.Path;
            model += suffix;
            foreach (var parameter in operation.Parameters("path"))
            {
                var name = (string)parameter["name"]!;
                var value = name != "model" ? Text(values.Make((JsonObject)parameter["schema"]!)) : operation.Path.StartsWith("/v2", StringComparison.Ordinal) && random.Next(2) == 0 ? "example" : model;
                path = path.Replace($"{{{name}}}", Uri.EscapeDataString(value is "" or "." or ".." ? "x" : value), StringComparison.Ordinal);
            }
            var asked = string.Join('&', query.Where(q => q.Value is not null).Select(q => $"{Uri.EscapeDataString(q.Name)}={Uri.EscapeDataString(q.Value!)}"));
            if (asked.Length > 0) path += $"?{asked}";
            var headers = operation.Parameters("header").Where(_ => random.Next(3) > 0).Select(p => ((string)p["name"]!, Uri.EscapeDataString(Text(values.Make((JsonObject)p["schema"]!))))).Where(h => h.Item2.Length is > 0 and <= 200).ToArray();
            return new DescribedRequest(operation.Method, path, model, headers, type, schema, schema is null ? null : spoil ? values.Spoil(schema) : values.Make(schema));
        }
    }

    private static string Text(JsonNode? value) => value?.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)value! : value?.ToJsonString() ?? "";

    private sealed record DescribedRequest(string Method, string Path, string Model, (string, string)[] Headers, string? Type, JsonObject? Schema, JsonNode? Json)
    {
        public Task<Answer> SendAsync(Fleet fleet) => fleet.SendAsync(new HttpMethod(Method), Path, Type is null ? null : Encoding.UTF8.GetBytes(Body), Type, Headers);

        public override string ToString() => $"{Method} {Path} {string.Join(' ', Headers)} {Type} {(Type is null ? "" : Body)}";

        private string Body => Type!.EndsWith("json", StringComparison.Ordinal) && Type != "application/x-ndjson" ? Json?.ToJsonString() ?? "null" : Text(Json);
    }
}
