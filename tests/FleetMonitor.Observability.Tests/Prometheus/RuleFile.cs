namespace FleetMonitor.Observability.Tests.Prometheus;

/// <summary>A rule as it is written in prometheus/rules.</summary>
internal sealed record Rule(string File, string Group, string? Alert, string? Record, string Expression, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations)
{
    /// <summary>The project's rules.</summary>
    public static IReadOnlyList<Rule> All { get; } = [.. Files.SelectMany(Read)];

    public static IEnumerable<Rule> Alerts => All.Where(rule => rule.Alert is not null);

    public static IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "prometheus", "rules"), "*.yml").Order(StringComparer.Ordinal)];

    private static IEnumerable<Rule> Read(string file) =>
        from grouped in Yaml.Read(file)["groups"].Items
        from rule in grouped["rules"].Items
        select new Rule(
            file,
            grouped["name"].Text,
            rule["alert"].Exists ? rule["alert"].Text : null,
            rule["record"].Exists ? rule["record"].Text : null,
            rule["expr"].Text,
            Texts(rule["labels"]),
            Texts(rule["annotations"]));

    private static Dictionary<string, string> Texts(Yaml map) => map.Members.ToDictionary(m => m.Name, m => m.Value.Text, StringComparer.Ordinal);
}
