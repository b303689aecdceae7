using System.Text.Json.Nodes;
using Json.Schema;

namespace FleetMonitor.Api.Tests.OpenApi;

/// <summary>The API as its description has it: what each operation takes, and whether an answer is one of those described.</summary>
internal sealed class DescribedApi
{
    private const string Component = "#/components/schemas/", Definition = "#/$defs/";

    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private readonly Dictionary<string, JsonSchema> _read = new(StringComparer.Ordinal);
    private readonly JsonObject _open, _closed;

    public DescribedApi(JsonNode document)
    {
        Schemas = document["components"]!["schemas"]!.AsObject();
        _open = Definitions(closed: false);
        // Members that the description does not have are none.
        _closed = Definitions(closed: true);
        Operations = [.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => new DescribedOperation(operation.Key.ToUpperInvariant(), path.Key, operation.Value!)))];
    }

    public JsonObject Schemas { get; }

    public IReadOnlyList<DescribedOperation> Operations { get; }

    public bool Allows(JsonNode schema, JsonNode? value) => Schema(schema, _open).Evaluate(Element(value), Options).IsValid;

    /// <summary>What of an answer is not as described; null: nothing.</summary>
    public string? Fault(DescribedOperation operation, Answer answer)
    {
        var status = ((int)answer.Status).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (operation.Node["responses"]![status] is not { } response) return $"{status} is no answer of it";
        var type = answer.ContentType?.Split(';')[0];
        if (response["content"] is not JsonObject { Count: > 0 } content) return answer.Bytes.Length == 0 ? null : $"{status} has a body";
        if (type is null || content[type] is not { } described) return $"{status} has {type ?? "no body"}, not {string.Join(", ", content.Select(c => c.Key))}";
        if (!type.EndsWith("json", StringComparison.Ordinal)) return null;
        var result = Schema(described["schema"]!, _closed).Evaluate(Element(answer.Json), Options);
        if (result.IsValid) return null;
        var errors = (result.Details ?? []).Where(d => d.Errors is { Count: > 0 }).Select(d => $"{d.InstanceLocation}: {string.Join(", ", d.Errors!.Values)}");
        return $"{status} is not as described: {string.Join("; ", errors.Take(5))}";
    }

    private JsonSchema Schema(JsonNode schema, JsonObject definitions)
    {
        var key = $"{definitions == _closed} {schema.ToJsonString()}";
        if (_read.TryGetValue(key, out var read)) return read;
        var whole = Local(schema).AsObject();
        whole["$defs"] = definitions.DeepClone();
        return _read[key] = JsonSchema.FromText(whole.ToJsonString());
    }

    private JsonObject Definitions(bool closed)
    {
        var definitions = new JsonObject();
        foreach (var (name, schema) in Schemas)
        {
            var local = Local(schema!).AsObject();
            if (closed) Close(local);
            definitions[name] = local;
        }
        return definitions;
    }

    private static JsonNode Local(JsonNode schema) => JsonNode.Parse(schema.ToJsonString().Replace(Component, Definition, StringComparison.Ordinal))!;

    private static void Close(JsonNode? node)
    {
        if (node is JsonObject schema)
        {
            if (schema["properties"] is JsonObject && !schema.ContainsKey("additionalProperties")) schema["additionalProperties"] = false;
            foreach (var (_, member) in schema.ToList()) Close(member);
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items) Close(item);
        }
    }

    private static System.Text.Json.JsonElement Element(JsonNode? value) => System.Text.Json.JsonSerializer.SerializeToElement(value);
}

/// <summary>An operation, as the description has it.</summary>
internal sealed record DescribedOperation(string Method, string Path, JsonNode Node)
{
    public string Name => $"{Method} {Path}";

    public IEnumerable<(string Type, JsonObject Schema)> Bodies => (Node["requestBody"]?["content"] as JsonObject ?? []).Select(c => (c.Key, (JsonObject)c.Value!["schema"]!));

    public IEnumerable<JsonNode> Parameters(string place) => (Node["parameters"] as JsonArray ?? []).Where(p => (string?)p!["in"] == place).Select(p => p!);
}
