using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Chart;

/// <summary>What every pod is and is not allowed to be.</summary>
public sealed class PodTests
{
    /// <summary>The restricted standard, and a root that cannot be written.</summary>
    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Pods_KeepToTheRestrictedStandard(string values) => Assert.All((await FleetChart.RenderAsync(ValueSets.Of(values))).Pods, pod =>
    {
        var spec = pod.Template.At("spec");
        var security = spec.At("securityContext");
        Assert.True(security.Flag("runAsNonRoot"));
        Assert.InRange(security.Number("runAsUser"), 1, long.MaxValue);
        Assert.Equal("RuntimeDefault", security.At("seccompProfile").Text("type"));
        Assert.False(spec.Flag("enableServiceLinks"));
        Assert.All((string[])["hostNetwork", "hostPID", "hostIPC"], host => Assert.Null(spec[host]));
        Assert.DoesNotContain(spec.Items("volumes"), volume => volume["hostPath"] is not null);
        Assert.All(Containers(spec), container =>
        {
            var own = container.At("securityContext");
            Assert.False(own.Flag("allowPrivilegeEscalation"));
            Assert.True(own.Flag("readOnlyRootFilesystem"));
            Assert.Equal(["ALL"], own.At("capabilities").Texts("drop"));
            Assert.Null(own["capabilities"]!["add"]);
            Assert.Null(own["privileged"]);
            Assert.Null(own["runAsUser"]);
            Assert.All(container.Items("ports"), port => Assert.Null(port["hostPort"]));
        });
    });

    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Containers_RequestCpuAndMemoryAndAreLimitedInMemoryAlone(string values) =>
        Assert.All((await FleetChart.RenderAsync(ValueSets.Of(values))).Pods.SelectMany(pod => Containers(pod.Template.At("spec"))), container =>
        {
            var resources = container.At("resources");
            Assert.NotNull(resources.At("requests")["cpu"]);
            Assert.NotNull(resources.At("requests")["memory"]);
            Assert.NotNull(resources.At("limits")["memory"]);
            Assert.Null(resources.At("limits")["cpu"]);
        });

    /// <summary>Every folder that is mounted is a volume, and every volume is mounted; secrets and settings cannot be written.</summary>
    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Mounts_AndVolumesMatch(string values) => Assert.All((await FleetChart.RenderAsync(ValueSets.Of(values))).Pods, pod =>
    {
        var spec = pod.Template.At("spec");
        var volumes = spec.Items("volumes").ToDictionary(volume => volume.Text("name"));
        var claims = pod.Owner["spec"]!.Items("volumeClaimTemplates").Select(claim => claim.At("metadata").Text("name"));
        var mounts = Containers(spec).SelectMany(container => container.Items("volumeMounts")).ToList();
        Assert.Equal(volumes.Keys.Concat(claims).Order(), mounts.Select(mount => mount.Text("name")).Distinct().Order());
        Assert.All(mounts, mount =>
        {
            if (!volumes.TryGetValue(mount.Text("name"), out var volume) || volume["emptyDir"] is not null) return;
            Assert.True(mount.Flag("readOnly"), mount.ToJsonString());
            // A file mounted by subPath never changes again.
            if (volume["secret"] is not null || volume["projected"] is not null) Assert.Null(mount["subPath"]);
        });
    });

    /// <summary>Every Secret and ConfigMap that a pod needs is made by the chart, or named by the values.</summary>
    [SkippableFact]
    public async Task References_OfTheTrial_AreAllMadeByTheChart()
    {
        var manifests = await FleetChart.RenderAsync("--set-json", """specs={"files":{"a.yaml":"model: a"}}""");
        Assert.All(manifests.Pods.SelectMany(pod => pod.Template.At("spec").Items("volumes")), volume =>
        {
            foreach (var source in volume["projected"]?.Items("sources") ?? [volume])
            {
                if (source["secret"] is { } secret)
                {
                    var made = manifests.One("Secret", secret.TextOrNull("secretName") ?? secret.Text("name"));
                    Assert.All(secret.Items("items"), item => Assert.Contains(item.Text("key"), made.Map("stringData").Keys));
                }
                if (source["configMap"] is { } map) Assert.NotNull(manifests.Find("ConfigMap", map.Text("name")));
            }
        });
    }

    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Environment_HasEachNameOnceAndNoSecret(string values) =>
        Assert.All((await FleetChart.RenderAsync(ValueSets.Of(values))).Pods.SelectMany(pod => Containers(pod.Template.At("spec"))), container =>
        {
            var names = container.Items("env").Select(variable => variable.Text("name")).ToList();
            Assert.Equal(names.Distinct(StringComparer.OrdinalIgnoreCase), names);
            Assert.DoesNotContain(container.Items("env"), variable => variable.TextOrNull("value") is { } value && value.Contains("Password=", StringComparison.OrdinalIgnoreCase));
        });

    [SkippableFact]
    public async Task Image_IsOneForSiloGatewayAndTest_ByArgument()
    {
        var manifests = await FleetChart.RenderAsync("--set", "image.repository=registry.example.com/fleet,image.tag=1.2.3,image.pullPolicy=Always,image.pullSecrets[0].name=key");
        var ours = manifests.Pods.Where(pod => pod.Owner.Text("kind") != "StatefulSet").Select(pod => pod.Template.At("spec")).ToList();
        Assert.Equal(3, ours.Count);
        Assert.All(ours, spec =>
        {
            Assert.Equal("registry.example.com/fleet:1.2.3", Containers(spec).Single().Text("image"));
            Assert.Equal("Always", Containers(spec).Single().Text("imagePullPolicy"));
            Assert.Equal("key", spec.Items("imagePullSecrets").Single().Text("name"));
            Assert.Null(Containers(spec).Single()["command"]);
        });
        Assert.Equal(["gateway", "silo"], manifests.OfKind("Deployment").Select(d => Assert.Single(Containers(d.At("spec", "template", "spec")).Single().Texts("args"))).Order());
        var test = Containers(manifests.One("Pod", $"{FleetChart.Fullname}-test").At("spec")).Single();
        Assert.Equal(["fleetmonitor", "check", "--to", $"http://{FleetChart.Fullname}:8080"], test.Texts("args"));
    }

    [SkippableFact]
    public async Task Image_WithoutATag_IsTheChartsVersion_AndADigestComesFirst()
    {
        var version = File.ReadLines(Path.Combine(FleetChart.Folder, "Chart.yaml")).Single(line => line.StartsWith("appVersion: ", StringComparison.Ordinal))[12..];
        var built = System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Equal(built, version);
        const string digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        Assert.Equal($"fleet-monitor:{version}", Silo(await FleetChart.RenderAsync()).Text("image"));
        Assert.Equal($"fleet-monitor@{digest}", Silo(await FleetChart.RenderAsync("--set", $"image.digest={digest},image.tag=x")).Text("image"));
    }

    internal static JsonNode Silo(Manifests manifests) => Containers(manifests.One("Deployment", $"{FleetChart.Fullname}-silo").At("spec", "template", "spec")).Single();

    internal static IEnumerable<JsonNode> Containers(JsonNode spec) => spec.Items("initContainers").Concat(spec.Items("containers"));
}
