using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Chart;

/// <summary>Selectors, ports and who reaches whom.</summary>
public sealed class NetworkTests
{
    /// <summary>What a workload selects are its own pods; what the others select are pods that there are.</summary>
    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Selectors_MatchPods(string values)
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of(values));
        foreach (var workload in manifests.Objects.Where(o => o.Text("kind") is "Deployment" or "StatefulSet"))
        {
            var selected = Selected(manifests, workload.At("spec", "selector")).ToList();
            Assert.Equal([workload], selected.Select(pod => pod.Owner));
        }
        foreach (var service in manifests.OfKind("Service"))
        {
            var pods = Selected(manifests, new JsonObject { ["matchLabels"] = service.At("spec", "selector").DeepClone() }).ToList();
            Assert.True(pods.Count > 0, service.Name());
            foreach (var port in service.At("spec").Items("ports")) Assert.All(pods, pod => Assert.True(HasPort(pod, port.At("targetPort")), $"{service.Name()} {port.ToJsonString()}"));
        }
        foreach (var guard in manifests.Objects.Where(o => o.Text("kind") is "PodDisruptionBudget" or "PodMonitor"))
        {
            var pods = Selected(manifests, guard.At("spec", "selector")).ToList();
            Assert.True(pods.Count > 0, guard.Name());
            Assert.All(guard.At("spec").Items("podMetricsEndpoints"), endpoint => Assert.All(pods, pod => Assert.True(HasPort(pod, endpoint.At("port")))));
        }
        foreach (var monitor in manifests.OfKind("ServiceMonitor"))
        {
            var services = manifests.OfKind("Service").Where(s => Matches(monitor.At("spec", "selector"), s.At("metadata").Map("labels"))).ToList();
            Assert.Equal($"{FleetChart.Fullname}-metrics", Assert.Single(services).At("metadata").Text("name"));
            Assert.All(monitor.At("spec").Items("endpoints"), endpoint => Assert.Contains(services[0].At("spec").Items("ports"), port => port.Text("name") == endpoint.Text("port")));
        }
    }

    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Probes_AskPortsThatThereAre(string values) => Assert.All((await FleetChart.RenderAsync(ValueSets.Of(values))).Pods, pod =>
    {
        foreach (var probe in PodTests.Containers(pod.Template.At("spec")).SelectMany(c => new[] { "startupProbe", "readinessProbe", "livenessProbe" }.Select(kind => c[kind])).OfType<JsonNode>())
        {
            if (probe["httpGet"] is { } http) Assert.True(HasPort(pod, http.At("port")));
        }
        if (pod.Owner.Text("kind") == "Pod") return;
        Assert.All(PodTests.Containers(pod.Template.At("spec")), c => Assert.True(c["startupProbe"] is not null && c["readinessProbe"] is not null && c["livenessProbe"] is not null));
    });

    /// <summary>Liveness asks for nothing that is outside the process, readiness for everything.</summary>
    [SkippableFact]
    public async Task Probes_OfSilosAndGateways_AskTheRightPages() => Assert.All((await FleetChart.RenderAsync()).OfKind("Deployment"), deployment =>
    {
        var container = PodTests.Containers(deployment.At("spec", "template", "spec")).Single();
        Assert.Equal("/health/live", container.At("livenessProbe", "httpGet").Text("path"));
        Assert.Equal("/health/live", container.At("startupProbe", "httpGet").Text("path"));
        Assert.Equal("/health/ready", container.At("readinessProbe", "httpGet").Text("path"));
    });

    /// <summary>Every port that a policy names is one of the pods at its other end.</summary>
    [SkippableTheory]
    [ClassData(typeof(ValueSets))]
    public async Task Policies_NamePortsThatThereAre(string values)
    {
        var manifests = await FleetChart.RenderAsync(ValueSets.Of(values));
        foreach (var policy in manifests.OfKind("NetworkPolicy").Select(p => p.At("spec")))
        {
            Assert.Equal(["Ingress", "Egress"], policy.Texts("policyTypes"));
            var own = Selected(manifests, policy.At("podSelector")).ToList();
            Assert.NotEmpty(own);
            Assert.All(policy.Items("ingress"), rule => Assert.All(NamedPorts(rule), port => Assert.All(own, pod => Assert.True(HasPort(pod, port), port.ToJsonString()))));
            foreach (var rule in policy.Items("egress"))
            {
                var peers = rule.Items("to").Where(peer => peer["podSelector"] is not null && peer["namespaceSelector"] is null).SelectMany(peer => Selected(manifests, peer.At("podSelector"))).ToList();
                Assert.All(NamedPorts(rule), port =>
                {
                    Assert.NotEmpty(peers);
                    Assert.All(peers, pod => Assert.True(HasPort(pod, port), port.ToJsonString()));
                });
            }
            // Nothing is open for all ports.
            Assert.All(policy.Items("ingress").Concat(policy.Items("egress")), rule => Assert.NotEmpty(rule.Items("ports")));
        }
    }

    [SkippableFact]
    public async Task Policies_LetThroughWhatIsNeededAndNothingElse()
    {
        var manifests = await FleetChart.RenderAsync();
        Assert.Equal(
            [
                "gateway → silo:silo-gateway",
                "gateway → world:443,6443",
                "gateway → {kube-system}:53/UDP,53",
                "silo → database:postgresql",
                "silo → silo:silo",
                "silo → world:443,6443",
                "silo → {kube-system}:53/UDP,53",
            ],
            Flows(manifests, "egress", (policy, peer, ports) => $"{policy} → {peer}:{ports}"));
        Assert.Equal(
            [
                "gateway → silo:silo-gateway",
                "silo → database:postgresql",
                "silo → silo:silo",
                "test → gateway:http,grpc",
                "{*} → gateway:http,grpc",
                "{monitoring} → gateway:http",
                "{monitoring} → silo:http",
            ],
            Flows(manifests, "ingress", (policy, peer, ports) => $"{peer} → {policy}:{ports}"));
    }

    [SkippableFact]
    public async Task Policies_WithMembershipAndDatabaseElsewhere_ReachTheDatabaseAlone()
    {
        var manifests = await FleetChart.RenderAsync(
            "--set", "clustering.kind=Postgres,database.bundled.enabled=false,database.existingSecret=db,database.port=6432,networkPolicy.database[0].ipBlock.cidr=10.20.0.0/24");
        Assert.Equal(
            [
                "gateway → 10.20.0.0/24:6432",
                "gateway → silo:silo-gateway",
                "gateway → {kube-system}:53/UDP,53",
                "silo → 10.20.0.0/24:6432",
                "silo → silo:silo",
                "silo → {kube-system}:53/UDP,53",
            ],
            Flows(manifests, "egress", (policy, peer, ports) => $"{policy} → {peer}:{ports}"));
    }

    [SkippableFact]
    public async Task Ingress_OffersThePublicInterfaceWithTlsAndNothingElse()
    {
        var manifests = await FleetChart.RenderAsync(FleetChart.Example("production"));
        Assert.All(manifests.OfKind("Ingress"), ingress =>
        {
            var hosts = ingress.At("spec").Items("rules").Select(rule => rule.Text("host"));
            Assert.Equal(hosts, ingress.At("spec").Items("tls").SelectMany(tls => tls.Texts("hosts")));
            Assert.All(ingress.At("spec").Items("tls"), tls => Assert.NotEqual("", tls.Text("secretName")));
            foreach (var backend in ingress.At("spec").Items("rules").SelectMany(rule => rule.At("http").Items("paths")).Select(path => path.At("backend", "service")))
            {
                var service = manifests.One("Service", backend.Text("name"));
                Assert.Contains(service.At("spec").Items("ports"), port => port.Text("name") == backend.At("port").Text("name"));
            }
        });
        var paths = manifests.One("Ingress", FleetChart.Fullname).At("spec").Items("rules").Single().At("http").Items("paths").Select(path => path.Text("path"));
        Assert.Equal(["/v1", "/v2", "/openapi"], paths);
    }

    /// <summary>Both halves of an inference come from one pod, and must reach one gateway.</summary>
    [SkippableFact]
    public async Task Sink_StaysWithOneGatewayForAClient() =>
        Assert.Equal("ClientIP", (await FleetChart.RenderAsync()).One("Service", $"{FleetChart.Fullname}-sink").At("spec").Text("sessionAffinity"));

    private static string[] Flows(Manifests manifests, string direction, Func<string, string, string, string> say) =>
    [
        .. (from policy in manifests.OfKind("NetworkPolicy")
            let component = Component(policy.At("spec", "podSelector"))
            from rule in policy.At("spec").Items(direction)
            let ports = string.Join(',', rule.Items("ports").Select(port => port.At("port") + (port.Text("protocol") == "UDP" ? "/UDP" : "")))
            from peer in rule["to"] is null && rule["from"] is null ? ["world"] : rule.Items("to").Concat(rule.Items("from")).Select(Peer)
            select say(component, peer, ports)).Distinct().Order(StringComparer.Ordinal),
    ];

    private static string Peer(JsonNode peer) =>
        peer["ipBlock"] is { } block ? block.Text("cidr")
        : peer["namespaceSelector"] is { } space ? space.Map("matchLabels").Values.FirstOrDefault() is { } name ? $"{{{name}}}" : "{*}"
        : Component(peer.At("podSelector"));

    private static string Component(JsonNode selector)
    {
        var labels = selector.Map("matchLabels");
        return labels.GetValueOrDefault("app.kubernetes.io/component") ?? (labels["app.kubernetes.io/name"] == "fleet-monitor-test" ? "test" : labels["app.kubernetes.io/name"]);
    }

    private static IEnumerable<JsonNode> NamedPorts(JsonNode rule) =>
        rule.Items("ports").Select(port => port.At("port")).Where(port => port.GetValueKind() == System.Text.Json.JsonValueKind.String);

    private static IEnumerable<(JsonObject Owner, JsonObject Template)> Selected(Manifests manifests, JsonNode selector) =>
        manifests.Pods.Where(pod => Matches(selector, pod.Template.At("metadata").Map("labels")));

    private static bool Matches(JsonNode selector, Dictionary<string, string> labels)
    {
        Assert.Null(selector["matchExpressions"]);
        return selector.Map("matchLabels").All(label => labels.GetValueOrDefault(label.Key) == label.Value);
    }

    private static bool HasPort((JsonObject Owner, JsonObject Template) pod, JsonNode port) => PodTests.Containers(pod.Template.At("spec")).SelectMany(c => c.Items("ports"))
        .Any(declared => port.GetValueKind() == System.Text.Json.JsonValueKind.String ? declared.Text("name") == port.GetValue<string>() : declared.Number("containerPort") == port.GetValue<long>());
}
