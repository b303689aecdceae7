using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Chart;

/// <summary>What the chart gives Prometheus and Grafana is what lies in prometheus/ and grafana/, to the byte.</summary>
public sealed class MonitoringTests
{
    private static readonly string[] Rules = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "prometheus", "rules"), "*.yml").Order(StringComparer.Ordinal)];
    private static readonly string[] Dashboards = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "grafana", "dashboards"), "*.json").Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("rules", "prometheus/rules")]
    [InlineData("dashboards", "grafana/dashboards")]
    public void Files_AreLinksAndNoSecondCopy(string link, string target)
    {
        var folder = new DirectoryInfo(Path.Combine(FleetChart.Folder, "files", link));
        Assert.NotNull(folder.LinkTarget);
        Assert.Equal(Path.Combine(Repository.Root, target), Path.GetFullPath(Path.Combine(folder.Parent!.FullName, folder.LinkTarget)));
    }

    [SkippableFact]
    public async Task Rules_InAConfigMap_AreByteEqualToTheirSources()
    {
        var map = (await FleetChart.RenderAsync()).One("ConfigMap", $"{FleetChart.Fullname}-rules").Map("data");
        Assert.Equal(Rules.Select(Path.GetFileName), map.Keys.Order(StringComparer.Ordinal));
        Assert.All(Rules, file => Assert.Equal(File.ReadAllText(file), map[Path.GetFileName(file)]));
    }

    [SkippableFact]
    public async Task Dashboards_AreByteEqualToTheirSources()
    {
        var manifests = await FleetChart.RenderAsync();
        Assert.NotEmpty(Dashboards);
        foreach (var file in Dashboards)
        {
            var map = manifests.One("ConfigMap", $"{FleetChart.Fullname}-dashboard-{Path.GetFileNameWithoutExtension(file)}");
            Assert.Equal("1", map.At("metadata").Map("labels")["grafana_dashboard"]);
            Assert.Equal((Path.GetFileName(file), await File.ReadAllTextAsync(file)), (Assert.Single(map.Map("data")).Key, Assert.Single(map.Map("data")).Value));
        }
    }

    /// <summary>As objects of the operator: the text of each, indented, is its source; so nothing in it was taken for a template.</summary>
    [SkippableFact]
    public async Task Rules_AsObjects_AreTheirSourcesIndented()
    {
        var ended = await HelmProgram.RunAsync("template", FleetChart.Release, FleetChart.Folder, "--set", "rules.kind=prometheusRule");
        var documents = ended.Output.Split("\n---\n");
        var manifests = await FleetChart.RenderAsync("--set", "rules.kind=prometheusRule");
        Assert.Equal(Rules.Length, manifests.OfKind("PrometheusRule").Count());
        foreach (var file in Rules)
        {
            var name = $"{FleetChart.Fullname}-{Path.GetFileNameWithoutExtension(file)}";
            var document = Assert.Single(documents, text => text.Contains("kind: PrometheusRule", StringComparison.Ordinal) && text.Contains($"  name: {name}\n", StringComparison.Ordinal));
            var body = document[(document.IndexOf("\nspec:\n", StringComparison.Ordinal) + 7)..].TrimEnd('\n').Split('\n');
            Assert.Equal(await File.ReadAllTextAsync(file), string.Join('\n', body.Select(line => line.Length > 2 ? line[2..] : "")) + "\n");
            // And read as YAML it is the same, whatever the indentation does to it.
            Assert.True(JsonNode.DeepEquals(YamlJson.ReadAll(await File.ReadAllTextAsync(file)).Single(), manifests.One("PrometheusRule", name).At("spec")), name);
        }
    }

    /// <summary>Rules and dashboards select by the job's name, and the jobs have the limits of prometheus.kubernetes.yml.</summary>
    [SkippableTheory]
    [InlineData("podMonitor", "PodMonitor", "podMetricsEndpoints")]
    [InlineData("serviceMonitor", "ServiceMonitor", "endpoints")]
    public async Task Monitors_AreTheJobsThatTheRulesKnow(string discovery, string kind, string endpoints)
    {
        var manifests = await FleetChart.RenderAsync("--set", $"metrics.discovery={discovery},metrics.labels.release=prometheus");
        var config = YamlJson.ReadAll(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "prometheus", "prometheus.kubernetes.yml"))).Single()!;
        foreach (var (name, job) in (ReadOnlySpan<(string, string)>)[(FleetChart.Fullname, "fleetmonitor"), ($"{FleetChart.Fullname}-features", "fleetmonitor-features")])
        {
            var monitor = manifests.One(kind, name);
            var expected = config.Items("scrape_configs").Single(c => c.Text("job_name") == job);
            Assert.Equal("prometheus", monitor.At("metadata").Map("labels")["release"]);
            Assert.Equal(expected.Number("sample_limit"), monitor.At("spec").Number("sampleLimit"));
            var endpoint = monitor.At("spec").Items(endpoints).Single();
            Assert.Equal(expected.TextOrNull("metrics_path") ?? "/metrics", endpoint.Text("path"));
            Assert.Equal(expected.TextOrNull("scrape_interval") ?? config.At("global").Text("scrape_interval"), endpoint.Text("interval"));
            Assert.Equal(job, endpoint.Items("relabelings").Single(r => r.Text("targetLabel") == "job").Text("replacement"));
            Assert.Equal(["component", "job", "node", "pod"], endpoint.Items("relabelings").Select(r => r.Text("targetLabel")).Order());
            Assert.Null(endpoint["authorization"]);
        }
    }

    /// <summary>prometheus.kubernetes.yml finds pods by a label and a port's name.</summary>
    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Pods_AreFoundByThePlainPrometheusToo(string values)
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of(values));
        var found = manifests.Pods.Where(pod => pod.Template.At("metadata").Map("labels")["app.kubernetes.io/name"] == "fleet-monitor"
            && PodTests.Containers(pod.Template.At("spec")).Any(c => c.Items("ports").Any(port => port.Text("name") == "http")));
        Assert.Equal(["gateway", "silo"], found.Select(pod => pod.Template.At("metadata").Map("labels")["app.kubernetes.io/component"]).Order());
    }

    /// <summary>It asks for pods of every namespace, may do so, and stands where the chart's policy lets it scrape.</summary>
    [SkippableFact]
    public async Task PlainPrometheus_OfAnotherNamespace_MayFindAndScrapePods()
    {
        var folder = Path.Combine(Repository.Root, "prometheus");
        var jobs = YamlJson.ReadAll(await File.ReadAllTextAsync(Path.Combine(folder, "prometheus.kubernetes.yml"))).Single()!.Items("scrape_configs")
            .Where(job => job.Text("job_name").StartsWith("fleetmonitor", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, jobs.Count);
        Assert.All(jobs, job =>
        {
            Assert.Null(job.Items("kubernetes_sd_configs").Single()["namespaces"]);
            var dropped = job.Items("relabel_configs").Single(r => r.TextOrNull("action") == "drop");
            Assert.Equal(("__meta_kubernetes_pod_phase", "Failed|Succeeded"), (Assert.Single(dropped.Texts("source_labels")), dropped.Text("regex")));
        });

        var manifests = Manifests.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "kubernetes.yaml")));
        Assert.Empty(manifests.OfKind("Role"));
        var binding = Assert.Single(manifests.OfKind("ClusterRoleBinding"));
        var rule = manifests.One("ClusterRole", binding.At("roleRef").Text("name")).Items("rules").Single();
        Assert.Equal(["endpoints", "pods", "services"], rule.Texts("resources").Order());
        Assert.Equal(["get", "list", "watch"], rule.Texts("verbs").Order());
        var account = binding.Items("subjects").Single();
        manifests.One("ServiceAccount", account.Text("name"));

        var policies = (await FleetChart.RenderAsync()).OfKind("NetworkPolicy").ToList();
        foreach (var component in (string[])["silo", "gateway"])
        {
            var policy = policies.Single(p => p.At("metadata").Map("labels")["app.kubernetes.io/component"] == component);
            Assert.Contains(
                policy.At("spec").Items("ingress").SelectMany(ingress => ingress.Items("from")),
                peer => peer["namespaceSelector"]?["matchLabels"]?["kubernetes.io/metadata.name"]?.GetValue<string>() == account.Text("namespace"));
        }
    }

    [SkippableTheory]
    [InlineData("access.metricsNeedToken=true", FleetChart.Fullname + "-tokens", "read")]
    [InlineData("access.metricsNeedToken=true,access.existingSecret=mine,metrics.tokenSecret.name=scrape,metrics.tokenSecret.key=k", "scrape", "k")]
    public async Task Monitors_OfMetricsThatNeedAToken_BringOne(string values, string secret, string key)
    {
        var manifests = await FleetChart.RenderAsync("--set", $"metrics.discovery=podMonitor,{values}");
        Assert.All(manifests.OfKind("PodMonitor"), monitor =>
        {
            var credentials = monitor.At("spec").Items("podMetricsEndpoints").Single().At("authorization", "credentials");
            Assert.Equal((secret, key), (credentials.Text("name"), credentials.Text("key")));
        });
        Assert.Equal("true", PodTests.Silo(manifests).Items("env").Single(v => v.Text("name") == "FleetMonitor__Access__MetricsNeedToken").Text("value"));
    }

    [SkippableTheory]
    [InlineData("annotations", true)]
    [InlineData("podMonitor", false)]
    [InlineData("none", false)]
    public async Task Annotations_AreThereWhereTheyAreAskedFor(string discovery, bool expected) =>
        Assert.All((await FleetChart.RenderAsync("--set", $"metrics.discovery={discovery}")).OfKind("Deployment"), deployment =>
            Assert.Equal(expected, deployment.At("spec", "template", "metadata").Map("annotations").GetValueOrDefault("prometheus.io/scrape") == "true"));
}
