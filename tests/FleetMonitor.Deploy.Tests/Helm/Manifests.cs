using System.Text.Json.Nodes;

namespace FleetMonitor.Deploy.Tests.Helm;

/// <summary>The objects that were rendered.</summary>
internal sealed class Manifests(IReadOnlyList<JsonObject> objects)
{
    public IReadOnlyList<JsonObject> Objects => objects;

    public static Manifests Parse(string yaml) => new([.. YamlJson.ReadAll(yaml).OfType<JsonObject>()]);

    public IEnumerable<JsonObject> OfKind(string kind) => objects.Where(o => o.Text("kind") == kind);

    public JsonObject One(string kind, string name) => Assert.Single(OfKind(kind), o => o.At("metadata").Text("name") == name);

    public JsonObject? Find(string kind, string name) => OfKind(kind).SingleOrDefault(o => o.At("metadata").Text("name") == name);

    /// <summary>Everything that becomes pods, helm's test among it: the object, and its pods' template (metadata and spec).</summary>
    public IEnumerable<(JsonObject Owner, JsonObject Template)> Pods => objects
        .Select(o => (Owner: o, Template: o.Text("kind") == "Pod" ? o : o["spec"]?["template"] as JsonObject))
        .Where(pod => pod.Template is not null)
        .Select(pod => (pod.Owner, pod.Template!));
}

/// <summary>Ways through JSON that say what is missing.</summary>
internal static class JsonPaths
{
    public static JsonNode At(this JsonNode node, params string[] path)
    {
        foreach (var name in path)
        {
            node = node[name] ?? throw new InvalidOperationException($"{node.GetPath()} has no {name}: {node.ToJsonString()}");
        }
        return node;
    }

    public static string Text(this JsonNode node, string name) => node.At(name).GetValue<string>();

    public static string? TextOrNull(this JsonNode node, string name) => node[name]?.GetValue<string>();

    public static long Number(this JsonNode node, string name) => node.At(name).GetValue<long>();

    public static bool Flag(this JsonNode node, string name) => node.At(name).GetValue<bool>();

    /// <summary>The items of a list; none where there is no such list.</summary>
    public static IEnumerable<JsonNode> Items(this JsonNode node, string name) => node[name] is JsonArray items ? items.Select(item => item!) : [];

    public static string[] Texts(this JsonNode node, string name) => [.. node.Items(name).Select(item => item.GetValue<string>())];

    /// <summary>Name and text of every member; none where there is no such object.</summary>
    public static Dictionary<string, string> Map(this JsonNode node, string name) =>
        node[name] is JsonObject map ? map.ToDictionary(member => member.Key, member => member.Value!.GetValue<string>(), StringComparer.Ordinal) : [];

    public static string Name(this JsonNode manifest) => $"{manifest.Text("kind")} {manifest.At("metadata").Text("name")}";
}
