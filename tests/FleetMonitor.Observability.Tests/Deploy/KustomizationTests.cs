using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace FleetMonitor.Observability.Tests.Deploy;

public sealed class KustomizationTests
{
    public static TheoryData<string> Folders => new() { "prometheus", "alertmanager", "grafana" };

    /// <summary>Every file that a kustomization names is there, and every rule and dashboard is named.</summary>
    [Theory]
    [MemberData(nameof(Folders))]
    public void Kustomization_NamesEveryFileAndNoOther(string folder)
    {
        var root = Path.Combine(Repository.Root, folder);
        var kustomization = Yaml.Read(Path.Combine(root, "kustomization.yaml"));
        var named = kustomization["configMapGenerator"].Items.SelectMany(map => map["files"].Items).Concat(kustomization["resources"].Items).Select(file => file.Text.Split('=')[^1]).ToList();
        Assert.All(named, file => Assert.True(File.Exists(Path.Combine(root, file)), file));
        string[] whole = ["rules", "templates", "dashboards"];
        var there = whole.Select(part => Path.Combine(root, part)).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).Select(file => Path.GetRelativePath(root, file));
        Assert.Empty(there.Except(named));
        // Config maps that are mounted are generated.
        var generated = kustomization["configMapGenerator"].Items.Select(map => map["name"].Text).ToList();
        var mounted = Yaml.ReadAll(Path.Combine(root, "kubernetes.yaml")).SelectMany(manifest => manifest["spec"]["template"]["spec"]["volumes"].Items).Where(v => v["configMap"].Exists).Select(v => v["configMap"]["name"].Text);
        Assert.Equal(generated.Order(), mounted.Order());
    }

    /// <summary>Strictly: a field that Kubernetes does not know is a mistake. The selectors come with the kustomization's labels.</summary>
    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Manifests_CheckedByKubernetesSchemas_AreValid(string folder)
    {
        var manifests = Yaml.ReadAll(Path.Combine(Repository.Root, folder, "kubernetes.yaml"));
        var definitions = JsonNode.Parse(File.ReadAllText(Repository.Shared("schemas", "kubernetes-1.36", "_definitions.json")).Replace("_definitions.json#/", "#/", StringComparison.Ordinal))!["definitions"]!;
        foreach (var manifest in manifests)
        {
            var (kind, version) = (manifest["kind"].Text.ToLowerInvariant(), manifest["apiVersion"].Text.Split('/'));
            var file = version.Length == 1 ? $"{kind}-{version[0]}.json" : $"{kind}-{version[0].Split('.')[0]}-{version[1]}.json";
            var definition = (string)JsonNode.Parse(File.ReadAllText(Repository.Shared("schemas", "kubernetes-1.36", file)))!["$ref"]!;
            var schema = JsonSchema.FromText(new JsonObject
            {
                ["$schema"] = "http://json-schema.org/draft-07/schema#",
                ["$ref"] = definition.Replace("_definitions.json#/", "#/", StringComparison.Ordinal),
                ["definitions"] = definitions.DeepClone(),
            }.ToJsonString());
            var json = Json(manifest)!.AsObject();
            if (json["spec"] is JsonObject spec && spec["template"] is JsonObject template)
            {
                var labels = new JsonObject { ["app"] = "x" };
                spec["selector"] = new JsonObject { ["matchLabels"] = labels.DeepClone() };
                template["metadata"] = new JsonObject { ["labels"] = labels };
            }
            var result = schema.Evaluate(JsonSerializer.SerializeToElement(json), new EvaluationOptions { OutputFormat = OutputFormat.List });
            Assert.True(result.IsValid, $"{folder} {kind}: " + string.Join('\n', (result.Details ?? []).SelectMany(d => (d.Errors ?? []).Select(e => $"{d.InstanceLocation}: {e.Value}"))));
        }
    }

    private static JsonNode? Json(Yaml yaml)
    {
        if (yaml.Items.Any()) return new JsonArray([.. yaml.Items.Select(Json)]);
        if (yaml.Members.Any()) return new JsonObject(yaml.Members.Select(m => KeyValuePair.Create(m.Name, m.Name is "value" or "cpu" or "memory" or "storage" ? m.Value.Text : Json(m.Value))));
        if (yaml.IsEmptyMap) return new JsonObject();
        if (yaml.IsEmptyList) return new JsonArray();
        // Our manifests quote numbers and flags only where they are text, which is in the value of a variable.
        return long.TryParse(yaml.Text, CultureInfo.InvariantCulture, out var number) ? number : bool.TryParse(yaml.Text, out var flag) ? flag : yaml.Text;
    }
}
