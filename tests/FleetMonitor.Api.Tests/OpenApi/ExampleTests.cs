using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetMonitor.Testing;
using Xunit;

namespace FleetMonitor.Api.Tests.OpenApi;

/// <summary>What the description shows is as it says, and works as it stands: all requests of the examples, one after another in the document's order, against the demo's models.</summary>
public sealed class ExampleTests : IAsyncLifetime
{
    private readonly Fleet _fleet = new()
    {
        Settings = new() { ["FleetMonitor:Inference:Repository"] = Path.Combine(Repository.Root, "cli", "Demo", "models") },
    };

    private DescribedApi _api = null!;

    public async Task InitializeAsync()
    {
        await _fleet.InitializeAsync();
        _api = new DescribedApi((await _fleet.GetAsync("/openapi/v1.json")).Json);
    }

    public Task DisposeAsync() => _fleet.DisposeAsync();

    [Fact]
    public void Examples_OfParametersBodiesAndAnswers_AreAsTheirSchemasSay()
    {
        var (faults, seen) = (new List<string>(), 0);
        foreach (var operation in _api.Operations)
        {
            foreach (var parameter in operation.Node["parameters"] as JsonArray ?? []) Check(operation, (string)parameter!["name"]!, parameter);
            foreach (var (type, body) in operation.Node["requestBody"]?["content"] as JsonObject ?? []) Check(operation, type, body!);
            foreach (var (type, answer) in operation.Node["responses"]!["200"]?["content"] as JsonObject ?? [])
            {
                foreach (var (name, example) in answer!["examples"] as JsonObject ?? [])
                {
                    seen++;
                    if (_api.Fault(operation, new Answer(HttpStatusCode.OK, type, null!, null!, Encoding.UTF8.GetBytes(Text(type, example!["value"])))) is { } fault) faults.Add($"{operation.Name} {name}: {fault}");
                }
            }
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.True(seen > 20, $"only {seen} answers are shown");

        void Check(DescribedOperation operation, string place, JsonNode described)
        {
            foreach (var (name, value) in Examples(described))
            {
                if (!_api.Allows(described["schema"]!, value)) faults.Add($"{operation.Name} {place} {name}: {value?.ToJsonString()}");
            }
        }
    }

    /// <summary>A tool takes by one name what it sends together.</summary>
    [Fact]
    public void Examples_OfOneRequest_HaveOneName()
    {
        foreach (var operation in _api.Operations.Where(o => o.Parameters("path").Any()))
        {
            var names = Names(operation);
            Assert.True(names.Count > 0, $"{operation.Name} shows no request");
            foreach (var part in operation.Parameters("path").Concat(operation.Parameters("query"))) Assert.True(names.SetEquals(Named(part)), $"{operation.Name} {part["name"]}: {string.Join(", ", Named(part))}");
            foreach (var (type, body) in operation.Node["requestBody"]?["content"] as JsonObject ?? []) Assert.True(names.SetEquals(Named(body!)), $"{operation.Name} {type}: {string.Join(", ", Named(body!))}");
            var answers = operation.Node["responses"]!["200"]?["content"] as JsonObject ?? [];
            if (answers.Count > 0) Assert.True(names.SetEquals(answers.SelectMany(a => Named(a.Value!))), $"{operation.Name} shows no answers, or others");
        }
    }

    [Fact]
    public async Task Requests_OfTheExamples_InTheDocumentsOrder_AreAnsweredAsDescribed()
    {
        // As in the demo.
        var reference = await _fleet.PutAsync("/v1/models/fraud-detector/reference", "amount,country,prediction,label\n12,DE,legit,legit\n940,BR,fraud,fraud\n", "text/csv");
        Assert.Equal(HttpStatusCode.OK, reference.Status);
        await _fleet.ModelsAreServedAsync();
        var faults = new List<string>();
        foreach (var operation in _api.Operations)
        {
            foreach (var name in Names(operation).DefaultIfEmpty(""))
            {
                var content = (operation.Node["requestBody"]?["content"] as JsonObject ?? []).Select(c => (Type: c.Key, Example: Examples(c.Value!).Single(e => e.Name == name).Value)).ToList();
                if (content.Count == 0) await Send(operation, name, null, null);
                foreach (var (type, body) in content) await Send(operation, name, type, Text(type, body));
            }
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));

        async Task Send(DescribedOperation operation, string name, string? type, string? body)
        {
            var path = operation.Parameters("path").Aggregate(operation.Path, (p, parameter) => p.Replace($"{{{parameter["name"]}}}", Value(parameter, name), StringComparison.Ordinal));
            var query = string.Join('&', operation.Parameters("query").Where(p => Named(p).Contains(name)).Select(p => $"{p["name"]}={Value(p, name)}"));
            var answer = await _fleet.SendAsync(new HttpMethod(operation.Method), $"{path}?{query}", body is null ? null : Encoding.UTF8.GetBytes(body), type);
            var shown = (operation.Node["responses"]!["200"]?["content"] as JsonObject ?? []).Where(a => Named(a.Value!).Contains(name)).Select(a => a.Key).FirstOrDefault();
            if (_api.Fault(operation, answer) is { } fault) faults.Add($"{operation.Name} {name} {type}: {fault}");
            else if ((int)answer.Status is not (200 or 204)) faults.Add($"{operation.Name} {name} {type}: {(int)answer.Status} {answer.Text}");
            else if (shown is not null && answer.ContentType?.StartsWith(shown, StringComparison.Ordinal) != true) faults.Add($"{operation.Name} {name} {type}: {answer.ContentType}, not {shown}");
        }
    }

    private static HashSet<string> Names(DescribedOperation operation) =>
        [.. operation.Parameters("path").Concat(operation.Parameters("query")).Concat((operation.Node["requestBody"]?["content"] as JsonObject ?? []).Select(c => c.Value!)).SelectMany(Named)];

    private static IEnumerable<string> Named(JsonNode described) => (described["examples"] as JsonObject ?? []).Select(e => e.Key);

    private static IEnumerable<(string Name, JsonNode? Value)> Examples(JsonNode described) =>
        described["example"] is { } only ? [("", only)] : (described["examples"] as JsonObject ?? []).Select(e => (e.Key, e.Value!["value"]));

    private static string Value(JsonNode parameter, string name) => Uri.EscapeDataString(parameter["examples"]![name]!["value"]!.ToString());

    private static string Text(string type, JsonNode? value) => type.EndsWith("json", StringComparison.Ordinal) && value?.GetValueKind() != JsonValueKind.String ? value?.ToJsonString() ?? "null" : (string)value!;
}
