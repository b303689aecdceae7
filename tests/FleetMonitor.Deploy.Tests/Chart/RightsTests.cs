using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Chart;

/// <summary>Who may do what.</summary>
public sealed class RightsTests
{
    [SkippableFact]
    public async Task Rights_AreThoseOfTheMembershipConfigMapAndNoOther()
    {
        var manifests = await FleetChart.RenderAsync();
        Assert.Equal(
            ["configmaps/* create", $"configmaps/{FleetChart.Fullname}-membership get", $"configmaps/{FleetChart.Fullname}-membership update"],
            Granted(manifests, $"{FleetChart.Fullname}-silo"));
        Assert.Equal([$"configmaps/{FleetChart.Fullname}-membership get"], Granted(manifests, $"{FleetChart.Fullname}-gateway"));
        Assert.Equal([], Granted(manifests, $"{FleetChart.Fullname}-postgresql"));
        Assert.Equal([], Granted(manifests, "default"));
    }

    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Rights_AreInTheNamespaceAndOfItsServiceAccounts(string values)
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of(values));
        Assert.DoesNotContain(manifests.Objects, o => o.Text("kind") is "ClusterRole" or "ClusterRoleBinding");
        var accounts = manifests.OfKind("ServiceAccount").Select(a => a.At("metadata").Text("name")).ToHashSet();
        Assert.All(manifests.OfKind("RoleBinding"), binding =>
        {
            Assert.NotNull(manifests.Find("Role", binding.At("roleRef").Text("name")));
            Assert.All(binding.Items("subjects"), subject =>
            {
                Assert.Equal(FleetChart.Namespace, subject.Text("namespace"));
                Assert.Contains(subject.Text("name"), accounts);
            });
        });
        Assert.All(manifests.Pods, pod =>
        {
            if (pod.Template.At("spec").TextOrNull("serviceAccountName") is { } account) Assert.Contains(account, accounts);
        });
    }

    /// <summary>A pod has a token where it talks to the API server, and only there.</summary>
    [SkippableTheory]
    [InlineData("Kubernetes", true)]
    [InlineData("Postgres", false)]
    public async Task Tokens_AreMountedOnlyWhereSilosMeetInAConfigMap(string kind, bool expected)
    {
        var manifests = await FleetChart.RenderAsync("--set", $"clustering.kind={kind}");
        Assert.Equal(expected ? 2 : 0, manifests.OfKind("Role").Count());
        Assert.All(manifests.OfKind("ServiceAccount"), account => Assert.False(account.Flag("automountServiceAccountToken")));
        Assert.All(manifests.Pods, pod =>
        {
            var member = pod.Owner.Text("kind") == "Deployment";
            Assert.Equal(expected && member, pod.Template.At("spec").Flag("automountServiceAccountToken"));
        });
    }

    /// <summary>An upgrade must not put an old membership table back.</summary>
    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Membership_IsNoObjectOfTheChart(string values)
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of(values));
        Assert.DoesNotContain(manifests.OfKind("ConfigMap"), map => map.At("metadata").Text("name").EndsWith("-membership", StringComparison.Ordinal));
    }

    /// <summary>What an account may do: resource, name and verb.</summary>
    private static string[] Granted(Manifests manifests, string account) =>
    [
        .. from binding in manifests.OfKind("RoleBinding")
           where binding.Items("subjects").Any(subject => subject.Text("name") == account)
           let role = manifests.One("Role", binding.At("roleRef").Text("name"))
           from rule in role.Items("rules")
           where OfCore(rule)
           from resource in rule.Texts("resources")
           from name in rule["resourceNames"] is null ? ["*"] : rule.Texts("resourceNames")
           from verb in rule.Texts("verbs")
           orderby name, verb
           select $"{resource}/{name} {verb}",
    ];

    private static bool OfCore(JsonNode rule)
    {
        Assert.Equal([""], rule.Texts("apiGroups"));
        return true;
    }
}
