using System.Security.Cryptography;
using System.Text;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Chart;

/// <summary>Tokens and passwords.</summary>
public sealed class AccessTests
{
    [SkippableFact]
    public async Task Tokens_AreGeneratedLongAndServersSeeTheirHashesAlone()
    {
        var manifests = await FleetChart.RenderAsync();
        var tokens = manifests.One("Secret", $"{FleetChart.Fullname}-tokens").Map("stringData");
        Assert.Equal(["admin", "ingest", "read"], tokens.Keys.Order());
        Assert.All(tokens.Values, token => Assert.Matches("^[A-Za-z0-9]{40}$", token));
        Assert.Equal(3, tokens.Values.Distinct().Count());

        var file = manifests.One("Secret", $"{FleetChart.Fullname}-access").Map("stringData")["tokens"];
        Assert.Equal(tokens.Select(token => $"{token.Key}  {token.Key}  sha256:{Sha256(token.Value)}").Order(), Lines(file).Order());
        Assert.All(tokens.Values, token => Assert.DoesNotContain(token, file, StringComparison.Ordinal));
        // Only helm test holds one.
        var holders = manifests.Pods.Where(pod => pod.Template.At("spec").Items("volumes").Any(v => v["secret"]?.Text("secretName") == $"{FleetChart.Fullname}-tokens"));
        Assert.Equal([$"{FleetChart.Fullname}-test"], holders.Select(pod => pod.Owner.At("metadata").Text("name")));
    }

    [SkippableFact]
    public async Task Tokens_OfTeams_AreLinesOfTheFile()
    {
        var manifests = await FleetChart.RenderAsync(FleetChart.Example("production"));
        var file = manifests.One("Secret", $"{FleetChart.Fullname}-access").Map("stringData")["tokens"];
        Assert.Contains($"risk-team  ingest,read  sha256:{Sha256("test")}  credit-*,fraud-*", Lines(file));
    }

    [SkippableTheory]
    [InlineData("access.existingSecret=mine,access.key=file", "mine", "file")]
    [InlineData("silo.replicas=3", FleetChart.Fullname + "-access", "tokens")]
    public async Task TokenFile_IsMountedForSilosAndGateways(string values, string secret, string key)
    {
        var manifests = await FleetChart.RenderAsync("--set", values);
        Assert.Equal(secret != "mine", manifests.OfKind("Secret").Any(s => s.At("metadata").Text("name") == secret));
        Assert.All(manifests.OfKind("Deployment"), deployment =>
        {
            var spec = deployment.At("spec", "template", "spec");
            var volume = spec.Items("volumes").Single(v => v.Text("name") == "access").At("secret");
            Assert.Equal((secret, key), (volume.Text("secretName"), volume.Items("items").Single().Text("key")));
            var container = PodTests.Containers(spec).Single();
            var mount = container.Items("volumeMounts").Single(m => m.Text("name") == "access").Text("mountPath");
            Assert.Equal($"{mount}/{volume.Items("items").Single().Text("path")}", container.Items("env").Single(v => v.Text("name") == "FleetMonitor__Access__TokensFile").Text("value"));
        });
    }

    [SkippableFact]
    public async Task Anonymous_NeedsToBeSaid()
    {
        static string? Anonymous(Manifests manifests) => PodTests.Silo(manifests).Items("env").SingleOrDefault(v => v.Text("name") == "FleetMonitor__Access__AllowAnonymous")?.Text("value");
        Assert.Null(Anonymous(await FleetChart.RenderAsync()));
        var anonymous = await FleetChart.RenderAsync("--set", "access.allowAnonymous=true");
        Assert.Equal("true", Anonymous(anonymous));
        Assert.Equal([$"{FleetChart.Fullname}-postgresql"], anonymous.OfKind("Secret").Select(s => s.At("metadata").Text("name")));
    }

    /// <summary>Off unless it is asked for; and nothing of the chart leads to it from outside.</summary>
    [SkippableTheory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task Dashboard_IsOnWhereItIsAskedFor(string dashboard)
    {
        var manifests = await FleetChart.RenderAsync([.. FleetChart.Example("production"), "--set", $"silo.dashboard={dashboard}"]);
        Assert.Equal(dashboard, PodTests.Silo(manifests).Items("env").Single(v => v.Text("name") == "FleetMonitor__Silo__Dashboard").Text("value"));
        Assert.DoesNotContain(manifests.OfKind("Ingress").SelectMany(i => i.At("spec").Items("rules")).SelectMany(rule => rule.At("http").Items("paths")), path => path.At("backend", "service").Text("name").EndsWith("-silos", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Database_OfTheChart_KnowsOnePasswordAndKeepsIt()
    {
        var manifests = await FleetChart.RenderAsync();
        var secret = manifests.One("Secret", $"{FleetChart.Fullname}-postgresql");
        var (password, dsn) = (secret.Map("stringData")["password"], secret.Map("stringData")["dsn"]);
        var service = manifests.One("Service", $"{FleetChart.Fullname}-postgresql");
        Assert.Equal($"Host={service.At("metadata").Text("name")};Port={service.At("spec").Items("ports").Single().Number("port")};Database=fleetmonitor;Username=fleetmonitor;Password={password}", dsn);
        // The volume outlives the release.
        Assert.Equal("keep", secret.At("metadata").Map("annotations")["helm.sh/resource-policy"]);
    }

    [SkippableFact]
    public async Task Database_OfOnesOwn_IsAFileFromTheSecretAndNothingElse()
    {
        var manifests = await FleetChart.RenderAsync("--set", "database.bundled.enabled=false,database.existingSecret=db,database.key=connection");
        Assert.Empty(manifests.OfKind("StatefulSet"));
        var spec = manifests.One("Deployment", $"{FleetChart.Fullname}-silo").At("spec", "template", "spec");
        var volume = spec.Items("volumes").Single(v => v.Text("name") == "database").At("secret");
        Assert.Equal(("db", "connection", "dsn"), (volume.Text("secretName"), volume.Items("items").Single().Text("key"), volume.Items("items").Single().Text("path")));
        Assert.Equal("/etc/fleet-monitor/database/dsn", PodTests.Silo(manifests).Items("env").Single(v => v.Text("name") == "FleetMonitor__Storage__Postgres__ConnectionStringFile").Text("value"));
        // A gateway has no database.
        Assert.DoesNotContain(manifests.One("Deployment", $"{FleetChart.Fullname}-gateway").At("spec", "template", "spec").Items("volumes"), v => v.Text("name") == "database");
    }

    [SkippableFact]
    public async Task Test_WithoutAToken_IsLeftOut()
    {
        Assert.Null((await FleetChart.RenderAsync("--set", "access.existingSecret=mine")).Find("Pod", $"{FleetChart.Fullname}-test"));
        var given = await FleetChart.RenderAsync("--set", "access.existingSecret=mine,test.tokenSecret.name=tester,test.tokenSecret.key=t");
        var volume = given.One("Pod", $"{FleetChart.Fullname}-test").At("spec").Items("volumes").Single(v => v.Text("name") == "token").At("secret");
        Assert.Equal(("tester", "t"), (volume.Text("secretName"), volume.Items("items").Single().Text("key")));
    }

    private static string Sha256(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private static IEnumerable<string> Lines(string file) => file.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#');
}
