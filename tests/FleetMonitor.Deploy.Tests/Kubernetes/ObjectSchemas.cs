using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;
using Json.Schema;

namespace FleetMonitor.Deploy.Tests.Kubernetes;

/// <summary>What Kubernetes 1.36 and the operators take, strictly: a field that they do not know is a mistake.</summary>
internal static class ObjectSchemas
{
    private const string Draft = "http://json-schema.org/draft-07/schema#";

    private static readonly ConcurrentDictionary<string, JsonSchema> Known = new(StringComparer.Ordinal);

    /// <summary>What is wrong with an object, a line each; skips the test where there are no schemas.</summary>
    public static IEnumerable<string> Faults(JsonObject manifest)
    {
        var schema = Known.GetOrAdd($"{manifest.Text("kind").ToLowerInvariant()} {manifest.Text("apiVersion")}", Load);
        var result = schema.Evaluate(JsonSerializer.SerializeToElement(manifest), new EvaluationOptions { OutputFormat = OutputFormat.List });
        if (result.IsValid) return [];
        return from detail in result.Details ?? [] from error in detail.Errors ?? new Dictionary<string, string>() select $"{manifest.Name()} {detail.InstanceLocation}: {error.Value}";
    }

    private static JsonSchema Load(string kindAndVersion)
    {
        var (kind, version) = (kindAndVersion.Split(' ')[0], kindAndVersion.Split(' ')[1].Split('/'));
        if (version[0] is "monitoring.coreos.com" or "keda.sh")
        {
            var definition = Strict(JsonNode.Parse(File.ReadAllText(Repository.Shared("schemas", "crds", version[0], $"{kind}_{version[1]}.json")))!).AsObject();
            return JsonSchema.FromText(new JsonObject { ["$schema"] = Draft, ["allOf"] = new JsonArray(definition) }.ToJsonString());
        }
        var file = version.Length == 1 ? $"{kind}-{version[0]}.json" : $"{kind}-{version[0].Split('.')[0]}-{version[1]}.json";
        var reference = JsonNode.Parse(File.ReadAllText(Repository.Shared("schemas", "kubernetes-1.36", file)))!.Text("$ref");
        return JsonSchema.FromText(new JsonObject
        {
            ["$schema"] = Draft,
            ["$ref"] = Local(reference),
            ["definitions"] = Strict(JsonNode.Parse(Local(File.ReadAllText(Repository.Shared("schemas", "kubernetes-1.36", "_definitions.json"))))!.At("definitions").DeepClone()),
        }.ToJsonString());
    }

    private static string Local(string text) => text.Replace("_definitions.json#/", "#/", StringComparison.Ordinal);

    /// <summary>Closes every object whose members are listed, and leaves out the hints for API servers.</summary>
    private static JsonNode Strict(JsonNode node)
    {
        switch (node)
        {
            case JsonArray list:
                foreach (var item in list.OfType<JsonNode>()) Strict(item);
                break;
            case JsonObject map:
                foreach (var member in map.Select(member => member.Value).OfType<JsonNode>()) Strict(member);
                var open = map["x-kubernetes-preserve-unknown-fields"]?.GetValue<bool>() == true || map.ContainsKey("additionalProperties");
                if (map["properties"] is JsonObject listed && listed["properties"] is null && !open) map["additionalProperties"] = false;
                foreach (var hint in map.Where(member => member.Key.StartsWith("x-kubernetes-", StringComparison.Ordinal)).ToList()) map.Remove(hint.Key);
                break;
        }
        return node;
    }
}
