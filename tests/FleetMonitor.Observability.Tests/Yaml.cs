using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace FleetMonitor.Observability.Tests;

/// <summary>A YAML document as maps, lists and text; anchors are resolved.</summary>
internal sealed class Yaml
{
    private readonly object? _value;

    private Yaml(object? value) => _value = value;

    public static Yaml Read(string path) => Parse(File.ReadAllText(path));

    public static Yaml Parse(string text)
    {
        var parser = new MergingParser(new Parser(new StringReader(text)));
        parser.Consume<StreamStart>();
        return new Yaml(new DeserializerBuilder().Build().Deserialize<object?>(parser));
    }

    /// <summary>Every document of a file, for Kubernetes' manifests.</summary>
    public static IReadOnlyList<Yaml> ReadAll(string path)
    {
        var parser = new MergingParser(new Parser(new StringReader(File.ReadAllText(path))));
        var documents = new List<Yaml>();
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _)) documents.Add(new Yaml(new DeserializerBuilder().Build().Deserialize<object?>(parser)));
        return documents;
    }

    public bool Exists => _value is not null;

    public string Text => _value as string ?? "";

    public bool IsEmptyMap => _value is Dictionary<object, object> { Count: 0 };

    public bool IsEmptyList => _value is List<object> { Count: 0 };

    /// <summary>A member, or nothing.</summary>
    public Yaml this[string name] => new(_value is Dictionary<object, object> map && map.TryGetValue(name, out var value) ? value : null);

    public IEnumerable<Yaml> Items => _value is List<object> list ? list.Select(item => new Yaml(item)) : [];

    public IEnumerable<(string Name, Yaml Value)> Members =>
        _value is Dictionary<object, object> map ? map.Select(member => ((string)member.Key, new Yaml(member.Value))) : [];
}
