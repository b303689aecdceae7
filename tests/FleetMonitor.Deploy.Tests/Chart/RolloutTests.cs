using System.Globalization;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Chart;

/// <summary>How pods come, go and are spread.</summary>
public sealed class RolloutTests
{
    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Deployments_BringTheNewBeforeTheyTakeTheOld(string values) =>
        Assert.All((await FleetChart.RenderAsync(ValueSets.Of(values))).OfKind("Deployment"), deployment =>
        {
            var rolling = deployment.At("spec", "strategy", "rollingUpdate");
            Assert.Equal(1, rolling.Number("maxSurge"));
            Assert.Equal(0, rolling.Number("maxUnavailable"));
        });

    /// <summary>A process is killed only after it has had the time that it was promised.</summary>
    [SkippableTheory]
    [InlineData(30, 25, 5)]
    [InlineData(600, 120, 30)]
    public async Task GracePeriod_IsLongerThanTheDrain(int silo, int gateway, int preStop)
    {
        var manifests = await FleetChart.RenderAsync("--set", $"silo.drainSeconds={silo},gateway.drainSeconds={gateway},gateway.preStopSeconds={preStop}");
        foreach (var (component, sleep) in (ReadOnlySpan<(string, int)>)[("silo", 0), ("gateway", preStop)])
        {
            var spec = manifests.One("Deployment", $"{FleetChart.Fullname}-{component}").At("spec", "template", "spec");
            var container = PodTests.Containers(spec).Single();
            var variable = component == "silo" ? "FleetMonitor__Silo__DrainTimeout" : "FleetMonitor__Gateway__DrainTimeout";
            var drain = TimeSpan.Parse(container.Items("env").Single(v => v.Text("name") == variable).Text("value"), CultureInfo.InvariantCulture);
            Assert.Equal(component == "silo" ? silo : gateway, drain.TotalSeconds);
            Assert.InRange(spec.Number("terminationGracePeriodSeconds"), drain.TotalSeconds + sleep + 5, double.MaxValue);
            Assert.Equal(sleep == 0 ? null : sleep, container["lifecycle"]?.At("preStop", "sleep").Number("seconds"));
        }
    }

    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task DisruptionBudgets_LetOneGoAtATime(string values)
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of(values));
        var budgets = manifests.OfKind("PodDisruptionBudget").ToList();
        Assert.Equal(2, budgets.Count);
        Assert.All(budgets, budget => Assert.Equal(1, budget.At("spec").Number("maxUnavailable")));
    }

    [SkippableFact]
    public async Task Autoscaling_ByCpuAndModels_LeavesTheReplicasToIt()
    {
        var manifests = await FleetChart.RenderAsync("--set", "silo.autoscaling.enabled=true,silo.autoscaling.modelsPerSilo=4000,gateway.autoscaling.enabled=true");
        foreach (var component in (string[])["silo", "gateway"])
        {
            var name = $"{FleetChart.Fullname}-{component}";
            Assert.Null(manifests.One("Deployment", name)["spec"]!["replicas"]);
            Assert.Equal(name, manifests.One("HorizontalPodAutoscaler", name).At("spec", "scaleTargetRef").Text("name"));
        }
        var silo = manifests.One("HorizontalPodAutoscaler", $"{FleetChart.Fullname}-silo").At("spec");
        Assert.Equal(["cpu"], silo.Items("metrics").Where(m => m.Text("type") == "Resource").Select(m => m.At("resource").Text("name")));
        var models = silo.Items("metrics").Single(m => m.Text("type") == "Pods").At("pods");
        Assert.Equal("4000", models.At("target").Text("averageValue"));
        // What it scales by is a metric that there is.
        Assert.Contains($"| `{models.At("metric").Text("name")}` |", await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "metrics.md")), StringComparison.Ordinal);
        // Silos leave one by one, and seldom.
        Assert.Equal(1, silo.At("behavior", "scaleDown").Items("policies").Single().Number("value"));
    }

    /// <summary>KEDA makes an autoscaler of its own: two of them would pull at one Deployment.</summary>
    [SkippableFact]
    public async Task Autoscaling_WithKeda_AsksPrometheusForTheModelsOfTheRelease()
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of("scaled by KEDA"));
        Assert.Empty(manifests.OfKind("HorizontalPodAutoscaler"));
        var name = $"{FleetChart.Fullname}-silo";
        Assert.Null(manifests.One("Deployment", name)["spec"]!["replicas"]);
        var scaled = manifests.One("ScaledObject", name).At("spec");
        Assert.Equal(name, scaled.At("scaleTargetRef").Text("name"));
        var models = scaled.Items("triggers").Single(t => t.Text("type") == "prometheus").At("metadata");
        Assert.Equal("4000", models.Text("threshold"));
        Assert.Equal($"sum(fleetmonitor_models_hosted{{job=\"fleetmonitor\",pod=~\"{name}-.+\"}})", models.Text("query"));
    }

    [SkippableFact]
    public async Task Spread_IsOverZonesAndNodesAndDoesNotCountLostOnes()
    {
        var manifests = await FleetChart.RenderAsync("--set", "silo.spread.zones=DoNotSchedule");
        Assert.All(manifests.OfKind("Deployment"), deployment =>
        {
            var constraints = deployment.At("spec", "template", "spec").Items("topologySpreadConstraints").ToList();
            Assert.Equal(["topology.kubernetes.io/zone", "kubernetes.io/hostname"], constraints.Select(c => c.Text("topologyKey")));
            Assert.All(constraints, c => Assert.Equal("Honor", c.Text("nodeTaintsPolicy")));
            Assert.All(constraints, c => Assert.Equal(deployment.At("spec", "selector").Map("matchLabels"), c.At("labelSelector").Map("matchLabels")));
        });
        var silo = manifests.One("Deployment", $"{FleetChart.Fullname}-silo").At("spec", "template", "spec");
        Assert.Equal(["DoNotSchedule", "ScheduleAnyway"], silo.Items("topologySpreadConstraints").Select(c => c.Text("whenUnsatisfiable")));
    }

    /// <summary>Above 50 silos each sign of life weighs: they sign less often.</summary>
    [SkippableTheory]
    [InlineData(50, null)]
    [InlineData(51, "00:01:00")]
    public async Task AlivePeriod_FollowsTheNumberOfSilos(int silos, string? expected)
    {
        var env = PodTests.Silo(await FleetChart.RenderAsync("--set", $"silo.replicas={silos}")).Items("env");
        Assert.Equal(expected, env.SingleOrDefault(v => v.Text("name") == "FleetMonitor__Silo__AlivePeriod")?.Text("value"));
    }
}
