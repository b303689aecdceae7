using System.Text.RegularExpressions;
using FleetMonitor.Observability.Tests.Grafana;
using FleetMonitor.Observability.Tests.Prometheus;

namespace FleetMonitor.Observability.Tests.Live;

/// <summary>docs/metrics.md: one row a family of ours, generated from what a silo says of itself.</summary>
/// <remarks>With FLEETMONITOR_WRITE_METRICS=1 in the environment the table is written instead of checked.</remarks>
internal static partial class MetricsTable
{
    private const string Begin = "<!-- generated: FLEETMONITOR_WRITE_METRICS=1 ./fleet test observability -->\n", End = "<!-- end -->";
    private static readonly string File = Path.Combine(Repository.Root, "docs", "metrics.md");

    /// <summary>What only other tasks than this fleet's export, or only after something has happened.</summary>
    private static readonly string[] Conditional =
    [
        "fleetmonitor_checkpoint_saved_total", "fleetmonitor_checkpoint_bytes_total", "fleetmonitor_inference_", "fleetmonitor_sink_",
        "model_mae", "model_rmse", "model_r2", "model_absolute_error", "model_drift_evidence", "model_drift_discovered", "model_drift_group_info",
        "model_accuracy_estimate", "model_labelled_ratio", "model_accuracy_lower", "model_accuracy_upper", "model_reconstruction_", "model_change", "model_last_change", "model_residual_drift_detected", "model_version_",
    ];

    public static async Task IsTrue(MonitoringStack stack)
    {
        var emitted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in (string[])["metrics", "metrics/features"])
        {
            foreach (var (name, row) in Rows(await stack.Site.Http.GetStringAsync(new Uri(path, UriKind.Relative)))) emitted[name] = row;
        }
        var text = await System.IO.File.ReadAllTextAsync(File);
        var start = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var table = text[start..text.IndexOf(End, StringComparison.Ordinal)];
        var documented = table.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToDictionary(line => line.Split('`')[1], StringComparer.Ordinal);
        if (Environment.GetEnvironmentVariable("FLEETMONITOR_WRITE_METRICS") == "1")
        {
            foreach (var (name, row) in documented.Where(d => IsConditional(d.Key))) emitted.TryAdd(name, row);
            var written = "\n| metric | type | meaning |\n|---|---|---|\n" + string.Concat(emitted.Values.Select(row => row + "\n")) + "\n";
            await System.IO.File.WriteAllTextAsync(File, text.Replace(table, written, StringComparison.Ordinal));
            return;
        }

        Assert.Empty(emitted.Where(family => documented.GetValueOrDefault(family.Key) != family.Value).Select(family => $"not in docs/metrics.md: {family.Value}"));
        Assert.Empty(documented.Keys.Where(name => !emitted.ContainsKey(name) && !IsConditional(name)).Select(name => $"in docs/metrics.md, but nobody emits it: {name}"));
        Assert.Empty(Queried().Where(name => !documented.ContainsKey(Family(name, documented))).Select(name => $"queried, but nobody emits it: {name}"));
    }

    private static bool IsConditional(string name) => Conditional.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static string Family(string name, Dictionary<string, string> documented) => documented.ContainsKey(name) ? name : Histogram().Replace(name, "");

    /// <summary>Our metrics in the expressions of rules and dashboards; recorded series, with their colons, are not among them.</summary>
    private static IEnumerable<string> Queried() =>
        Rule.All.Select(rule => rule.Expression).Concat(Dashboard.All.SelectMany(d => d.Expressions.Select(e => e.Expression)))
            .SelectMany(expression => Ours().Matches(expression).Select(m => m.Value)).Distinct(StringComparer.Ordinal);

    private static IEnumerable<(string Name, string Row)> Rows(string page)
    {
        Dictionary<string, string> help = new(StringComparer.Ordinal), types = new(StringComparer.Ordinal);
        foreach (var parts in page.Split('\n').Where(line => line.StartsWith("# ", StringComparison.Ordinal)).Select(line => line.Split(' ', 4)))
        {
            if (parts[2].Split('_')[0] is "model" or "fleetmonitor") (parts[1] == "HELP" ? help : types)[parts[2]] = parts[3];
        }
        return types.Select(type => (type.Key, $"| `{type.Key}` | {type.Value} | {help[type.Key]} |"));
    }

    [GeneratedRegex("_(bucket|count|sum)$")]
    private static partial Regex Histogram();

    [GeneratedRegex("""(?<![:\w"$])(model|fleetmonitor)_[a-z0-9_]+(?![:\w])(?!\s*=)""")]
    private static partial Regex Ours();
}
