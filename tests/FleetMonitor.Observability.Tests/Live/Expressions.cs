using System.Text.RegularExpressions;
using FleetMonitor.Observability.Tests.Grafana;

namespace FleetMonitor.Observability.Tests.Live;

/// <summary>Every expression of every rule and dashboard, asked of a Prometheus that has seen a fleet: none is wrong, none is empty but where that is said.</summary>
internal static partial class Expressions
{
    /// <summary>What may be empty here, by a part of the expression, and why.</summary>
    private static readonly (string Part, string Reason)[] MayBeEmpty =
    [
        ("node_", "a container may hide disks and networks of its host"),
        ("model_mae", "the model here is no regression"),
        ("model_rmse", "the model here is no regression"),
        ("model_residual_drift_detected", "the model here is no regression"),
        ("accuracy_estimate", "an estimate needs a reference with labels, which this model's has not"),
        ("model_drift_group_info", "a model alone is no group"),
        ("count by (drift_group)", "a model alone is no group"),
        ("fleetmonitor_inference_unmonitored_total", "no model is served here, and none was left out"),
        ("max by (model) (model_maintenance) > 0", "no model is in maintenance"),
        ("model_reconstruction_", "the model here does not ask for multivariate drift"),
        ("model_drift_evidence", "evidence is taken minute by minute, and no minute need have closed"),
        ("model:drift_group:max", "a model alone is no group"),
        ("model:silent_since_timestamp_seconds:max", "no model has gone silent"),
        ("version_advantage_lower", "the model here has one version"),
        ("ALERTS{", "a table of what fires; nothing need fire at this moment"),
    ];

    public static async Task AreAllAnswered(MonitoringStack stack)
    {
        var wrong = new List<string>();
        var asked = 0;
        foreach (var (source, expression) in All(stack))
        {
            asked++;
            if (await stack.ErrorOfAsync(expression) is { } error)
            {
                wrong.Add($"{source}: {expression}\n  {error}");
                continue;
            }
            if (MayBeEmpty.Any(entry => expression.Contains(entry.Part, StringComparison.Ordinal))) continue;
            // Rules are evaluated one after the other: what stands on another rule's series needs a moment.
            for (var tries = 0; (await stack.QueryAsync(expression)).Count == 0; tries++)
            {
                if (tries == 40)
                {
                    wrong.Add($"{source}: {expression}\n  is empty");
                    break;
                }
                await Wait.BeforeRetryAsync(CancellationToken.None);
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(asked, 100, 1_000);
    }

    private static IEnumerable<(string Source, string Expression)> All(MonitoringStack stack)
    {
        foreach (var file in Directory.EnumerateFiles(stack.RulesFolder).Order(StringComparer.Ordinal))
        {
            var rules = from grouped in Yaml.Read(file)["groups"].Items from rule in grouped["rules"].Items select rule;
            foreach (var rule in rules)
            {
                yield return rule["alert"].Exists ? (rule["alert"].Text, WithoutComparison(rule["expr"].Text)) : (rule["record"].Text, rule["expr"].Text);
            }
        }
        foreach (var dashboard in Dashboard.All)
        {
            foreach (var (panel, expression) in dashboard.Expressions) yield return ($"{dashboard.Uid}, {panel}", Dashboard.Fill(expression));
        }
    }

    /// <summary>An alert's expression that has a value whether it fires or not: comparisons become sums, and what mutes is left out.</summary>
    public static string WithoutComparison(string expression) => Comparison().Replace(Mute().Replace(expression, ""), " + ");

    [GeneratedRegex("""\s*unless on \(model\) (model:maintenance:max == 1|max by \(model\) \(model_label_delay_expected_seconds\) > \d+)""")]
    private static partial Regex Mute();

    [GeneratedRegex("""(?<![=!])\s(==|!=|>=|<=|>|<)\s""")]
    private static partial Regex Comparison();
}
