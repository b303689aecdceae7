using System.Text;
using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;
using FleetMonitor.Deploy.Tests.Kubernetes;
using FleetMonitor.Specs;

namespace FleetMonitor.Deploy.Tests.Chart;

public sealed class RenderingTests
{
    [SkippableTheory]
    [InlineData("default")]
    [InlineData("trial")]
    [InlineData("production")]
    [InlineData("100k")]
    public async Task Lint_Strict_FindsNothing(string values)
    {
        var ended = await FleetChart.LintAsync(ValueSets.Of(values));
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.DoesNotContain("WARNING", ended.Output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Objects_CheckedStrictlyByKubernetesSchemas_AreValid(string values)
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of(values));
        Assert.NotEmpty(manifests.Objects);
        Assert.Equal("", string.Join('\n', manifests.Objects.SelectMany(ObjectSchemas.Faults)));
    }

    /// <summary>The check above is one that can fail.</summary>
    [SkippableFact]
    public async Task Objects_WithAFieldThatKubernetesDoesNotKnow_AreNotValid()
    {
        var manifests = await FleetChart.RenderAsync("--set", "metrics.discovery=podMonitor");
        foreach (var kind in (string[])["Deployment", "PodMonitor"])
        {
            var wrong = manifests.OfKind(kind).First().DeepClone().AsObject();
            wrong["spec"]!["replicaz"] = 3;
            Assert.Contains(ObjectSchemas.Faults(wrong), fault => fault.Contains("replicaz", StringComparison.Ordinal));
        }
    }

    /// <summary>What the silo finds in its folder of specs, it takes: a file with a mistake would be left out whole.</summary>
    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Specs_ReadAsTheSiloReadsThem_HaveNoMistake(string values)
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of(values));
        var maps = manifests.OfKind("ConfigMap").Where(map => map.At("metadata").Map("labels")["app.kubernetes.io/component"] == "specs").ToList();
        if (values is "production" or "models and specs") Assert.Single(maps);
        Assert.All(maps.SelectMany(map => map.Map("data")), file =>
        {
            var read = SpecFile.Read(file.Key, Encoding.UTF8.GetBytes(file.Value));
            Assert.Empty(read.Mistakes);
            Assert.Single(read.Documents);
        });
    }

    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Objects_HaveNamesOfTheirOwnThatFit(string values)
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of(values));
        Assert.Equal(manifests.Objects.Count, manifests.Objects.Select(o => o.Name()).Distinct().Count());
        Assert.All(manifests.Objects, o =>
        {
            Fits(o);
            Assert.All(o.At("metadata").Map("labels"), label => Assert.Matches("^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$", label.Value));
        });
    }

    [SkippableFact]
    public async Task Names_OfTheLongestReleaseThereCanBe_Fit()
    {
        var ended = await HelmProgram.RunAsync("template", new string('r', 53), FleetChart.Folder, "--set", "metrics.discovery=podMonitor,rules.kind=prometheusRule");
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.All(Manifests.Parse(ended.Output).Objects, Fits);
    }

    /// <summary>A StatefulSet adds eleven characters for a label, which takes 63.</summary>
    private static void Fits(JsonObject manifest) =>
        Assert.InRange(manifest.At("metadata").Text("name").Length, 1, manifest.Text("kind") switch { "StatefulSet" => 52, "Service" or "Deployment" or "Pod" => 63, _ => 253 });

    [SkippableFact]
    public async Task Package_HoldsRulesAndDashboardsThemselves()
    {
        using var folder = new TempFolder();
        var packed = await HelmProgram.RunAsync("package", FleetChart.Folder, "-d", folder.Path);
        Assert.True(packed.ExitCode == 0, packed.ToString());
        var package = Assert.Single(Directory.EnumerateFiles(folder.Path, "*.tgz"));
        // A release is kept in a Secret, which takes 1 MiB.
        Assert.InRange(new FileInfo(package).Length, 1, 256 << 10);
        var ended = await HelmProgram.RunAsync("template", FleetChart.Release, package, "--namespace", FleetChart.Namespace, "--set", "rules.kind=prometheusRule");
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.NotEmpty(Manifests.Parse(ended.Output).OfKind("PrometheusRule"));
    }
}
