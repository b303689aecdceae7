using System.Text.RegularExpressions;

namespace FleetMonitor.Observability.Tests.Prometheus;

public sealed partial class RuleTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);
    private static readonly string Folder = Path.Combine(Repository.Root, "prometheus");

    public static TheoryData<string> TestFiles
    {
        get
        {
            var files = new TheoryData<string>();
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, "tests"), "*.test.yml").Order(StringComparer.Ordinal)) files.Add(Path.GetFileName(file));
            return files;
        }
    }

    [SkippableFact]
    public async Task Rules_CheckedByPromtool_AreWholeAndWithoutLint()
    {
        var promtool = ChildProcess.Require("promtool");
        var ended = await ChildProcess.RunAsync(promtool, ["check", "rules", "--lint=all", "--lint-fatal", .. Rule.Files], Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
    }

    [SkippableTheory]
    [MemberData(nameof(TestFiles))]
    public async Task Rules_TestedByPromtool_FireAndKeepSilentWhereTheyShould(string file)
    {
        var promtool = ChildProcess.Require("promtool");
        var ended = await ChildProcess.RunAsync(promtool, ["test", "rules", Path.Combine(Folder, "tests", file)], Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
    }

    /// <summary>An alert without a case that fires and one that does not is not known to work.</summary>
    [Fact]
    public void Alerts_EachHaveACaseThatFiresAndOneThatIsSilent()
    {
        var cases = (
            from file in Directory.EnumerateFiles(Path.Combine(Folder, "tests"), "*.test.yml")
            from test in Yaml.Read(file)["tests"].Items
            from alert in test["alert_rule_test"].Items
            select (Name: alert["alertname"].Text, Fires: alert["exp_alerts"].Items.Any())).ToList();
        var names = Rule.Alerts.Select(rule => rule.Alert!).Distinct().ToList();

        Assert.DoesNotContain(names, name => !cases.Contains((name, true)));
        Assert.DoesNotContain(names, name => !cases.Contains((name, false)));
        Assert.Empty(cases.Select(c => c.Name).Except(names));
    }

    [Fact]
    public void Alerts_AskedFor_AreThere()
    {
        string[] expected =
        [
            "HighCpuUsage", "HighMemoryUsage", "LowDiskSpace", "ServiceDown", "HighErrorRate", "HighLatency", "LowThroughput", "HighResponseTime",
            "ModelAccuracyDrop", "DataDriftDetected", "HighInferenceLatency", "LowPredictionConfidence",
        ];
        Assert.Empty(expected.Except(Rule.Alerts.Select(rule => rule.Alert)));
    }

    [Fact]
    public void Alerts_EachSayWhatHowBadAndWhereToLook()
    {
        var runbooks = File.ReadAllText(Path.Combine(Repository.Root, "docs", "runbooks.md"));
        foreach (var rule in Rule.Alerts)
        {
            Assert.Contains(rule.Labels["severity"], (string[])["critical", "warning", "info", "none", """{{ if eq $labels.tier "1" }}critical{{ else }}warning{{ end }}"""]);
            Assert.NotEmpty(rule.Labels["category"]);
            Assert.NotEmpty(rule.Annotations["summary"]);
            Assert.Contains("$value", rule.Annotations["description"], StringComparison.Ordinal);
            Assert.Equal($"{{{{ $externalLabels.runbooks }}}}#{rule.Alert!.ToLowerInvariant()}", rule.Annotations["runbook_url"]);
            Assert.Contains($"\n### {rule.Alert}\n", runbooks, StringComparison.Ordinal);
            Assert.StartsWith("{{ $externalLabels.grafana }}/d/fleetmonitor-", rule.Annotations["dashboard_url"], StringComparison.Ordinal);
        }
        Assert.Equal(Headings().Count(runbooks), Rule.Alerts.Select(rule => rule.Alert).Distinct().Count());
    }

    /// <summary>Every rule on a model's gauges must take one of two silos that export it, mute maintenance and say whose it is.</summary>
    [Fact]
    public void Alerts_OfModels_MuteMaintenanceAndCarryTheModelsOwners()
    {
        foreach (var rule in Rule.Alerts.Where(rule => rule.Labels["category"] == "model"))
        {
            Assert.Contains("unless on (model) model:maintenance:max == 1", rule.Expression, StringComparison.Ordinal);
            Assert.Contains("* on (model) group_left (team, family, tier", rule.Expression, StringComparison.Ordinal);
            Assert.DoesNotMatch("""(?<!max by \(model\) \()\bmodel_(?!feature)[a-z_]+\b(?!:)""", rule.Expression);
        }
    }

    [Fact]
    public void RecordedNames_AreLevelMetricOperation() =>
        Assert.All(Rule.All.Where(rule => rule.Record is not null), rule => Assert.Matches("^[a-z_]+:[a-z0-9_]+:[a-z0-9_]+$", rule.Record!));

    [SkippableTheory]
    [InlineData("prometheus.yml")]
    [InlineData("prometheus.kubernetes.yml")]
    public async Task Configuration_CheckedByPromtool_IsWhole(string file)
    {
        var promtool = ChildProcess.Require("promtool");
        using var folder = new TempFolder();
        // Debian's promtool is built without discovery in Kubernetes; all the rest of the file it can check.
        var text = Roles().Replace(await File.ReadAllTextAsync(Path.Combine(Folder, file)), "- targets: []").Replace("kubernetes_sd_configs", "static_configs", StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.File("prometheus.yml"), text);
        foreach (var rules in Rule.Files) File.Copy(rules, Path.Combine(Directory.CreateDirectory(folder.File("rules")).FullName, Path.GetFileName(rules)));

        var ended = await ChildProcess.RunAsync(promtool, ["check", "config", folder.File("prometheus.yml")], Deadline);

        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.Contains($"{Rule.Files.Count} rule files found", ended.Output, StringComparison.Ordinal);
    }

    /// <summary>Both say the same but for where targets come from, and the alert knows the limits.</summary>
    [Fact]
    public void Configurations_HaveTheSameJobsAndLimits_AndCardinalityNearLimitKnowsThem()
    {
        static List<(string Job, string Limit, string Path, string Interval)> Jobs(string file) =>
            [.. Yaml.Read(Path.Combine(Folder, file))["scrape_configs"].Items.Select(job => (job["job_name"].Text, job["sample_limit"].Text, job["metrics_path"].Text, job["scrape_interval"].Text))];

        var jobs = Jobs("prometheus.yml");
        Assert.Equal(jobs, Jobs("prometheus.kubernetes.yml"));
        var expression = Rule.Alerts.Single(rule => rule.Alert == "CardinalityNearLimit").Expression;
        foreach (var job in (string[])["fleetmonitor", "model-servers"])
        {
            Assert.Contains($"scrape_samples_scraped{{job=\"{job}\"}} > 0.8 * {jobs.Single(j => j.Job == job).Limit}", expression, StringComparison.Ordinal);
        }
    }

    /// <summary>SiloLost counts silos by the label component: wherever targets come from, they must have it.</summary>
    [Fact]
    public void Configurations_GiveTargetsTheComponentThatSiloLostCounts()
    {
        Assert.Contains("component=\"silo\"", Rule.Alerts.Single(rule => rule.Alert == "SiloLost").Expression, StringComparison.Ordinal);
        Assert.Equal(["silo", "gateway"], Yaml.Read(Path.Combine(Folder, "targets", "fleetmonitor.yml")).Items.Select(targets => targets["labels"]["component"].Text));
        const string Label = "__meta_kubernetes_pod_label_app_kubernetes_io_component";
        var job = Yaml.Read(Path.Combine(Folder, "prometheus.kubernetes.yml"))["scrape_configs"].Items.Single(scraped => scraped["job_name"].Text == "fleetmonitor");
        Assert.Equal(Label, Assert.Single(job["relabel_configs"].Items.Single(relabel => relabel["target_label"].Text == "component")["source_labels"].Items).Text);
        var monitors = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "helm", "fleet-monitor", "templates", "monitors.yaml"));
        Assert.Contains($"sourceLabels: [{Label}], targetLabel: component", monitors, StringComparison.Ordinal);
    }

    [GeneratedRegex("(?m)^### ")]
    private static partial Regex Headings();

    [GeneratedRegex("- role: .*(\\n *namespaces: .*)?")]
    private static partial Regex Roles();
}
