using System.Text.Json;
using System.Text.RegularExpressions;

namespace FleetMonitor.Observability.Tests.Grafana;

/// <summary>A dashboard as it is provisioned.</summary>
internal sealed partial class Dashboard
{
    private Dashboard(string file)
    {
        File = file;
        Json = JsonDocument.Parse(System.IO.File.ReadAllBytes(file)).RootElement;
    }

    public string File { get; }

    public JsonElement Json { get; }

    public string Uid => Json.GetProperty("uid").GetString()!;

    public static IReadOnlyList<Dashboard> All { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "grafana", "dashboards"), "*.json").Order(StringComparer.Ordinal).Select(file => new Dashboard(file))];

    /// <summary>Panels that show something; rows only divide.</summary>
    public IEnumerable<JsonElement> Panels => Json.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() is not "row");

    public IEnumerable<JsonElement> Variables => Json.GetProperty("templating").GetProperty("list").EnumerateArray();

    /// <summary>Every query of every panel.</summary>
    public IEnumerable<(string Panel, string Expression)> Expressions =>
        from panel in Panels
        where panel.TryGetProperty("targets", out _)
        from target in panel.GetProperty("targets").EnumerateArray()
        select (panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!);

    /// <summary>An expression as Grafana would send it for the fleet of these tests.</summary>
    public static string Fill(string expression) => Variable().Replace(expression, match => match.Groups["name"].Value switch
    {
        "__rate_interval" => "20s",
        "__range" => "1m",
        "model" => Live.Traffic.Model,
        "statistic" => "psi",
        "job" or "instance" or "feature" or "team" or "family" or "state" => ".*",
        var unknown => throw new InvalidOperationException($"no value for ${unknown}"),
    });

    [GeneratedRegex("""\$\{?(?<name>[a-zA-Z_]+)(:[a-z]+)?\}?""")]
    private static partial Regex Variable();
}
