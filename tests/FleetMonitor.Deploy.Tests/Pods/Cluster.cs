using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Pods;

/// <summary>What the pods of a release find around them: the API server with the release's own roles, Secrets and ConfigMaps, addresses, names of services.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly Dictionary<string, string> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> _given = new(StringComparer.Ordinal);
    private readonly List<PodProcess> _pods = [];
    private int _addresses;

    private Cluster(Manifests manifests, FakeKubernetesApi api)
    {
        (Manifests, Api) = (manifests, api);
        api.Allow = call => IsGranted(call);
    }

    public Manifests Manifests { get; }

    public FakeKubernetesApi Api { get; }

    public string Said => string.Join('\n', _pods.Select(pod => pod.Said));

    public static async Task<Cluster> StartAsync(Manifests manifests) => new(manifests, await FakeKubernetesApi.StartAsync());

    /// <summary>A Secret that an operator has made, not the chart.</summary>
    public void Give(string secret, string key, string value) => _given[secret] = new(StringComparer.Ordinal) { [key] = value };

    /// <summary>A pod of a Deployment, with an address of its own on loopback.</summary>
    public PodProcess Launch(string deployment) => Launch(Manifests.One("Deployment", deployment).At("spec", "template"));

    public PodProcess Launch(JsonNode template)
    {
        var pod = new PodProcess(this, template, $"127.77.0.{Interlocked.Increment(ref _addresses)}");
        lock (_pods) _pods.Add(pod);
        return pod;
    }

    /// <summary>Clients of the service reach this pod.</summary>
    public void Serve(string service, PodProcess pod)
    {
        var spec = Manifests.One("Service", service).At("spec");
        Assert.All(spec.Map("selector"), label => Assert.Equal(label.Value, pod.Labels[label.Key]));
        foreach (var port in spec.Items("ports")) _services[$"{service}:{port.Number("port")}"] = pod.Endpoint(port.Text("targetPort"));
    }

    /// <summary>Names of services as the addresses of their pods.</summary>
    public string Resolve(string text) => _services.Aggregate(text, (resolved, service) => resolved.Replace($"//{service.Key}", $"//{service.Value}", StringComparison.Ordinal));

    public Dictionary<string, string> Secret(string name) => _given.GetValueOrDefault(name) ?? Manifests.One("Secret", name).Map("stringData");

    public Dictionary<string, string> ConfigMap(string name) => Manifests.One("ConfigMap", name).Map("data");

    /// <summary>What the API server takes for the token of an account.</summary>
    public static string TokenOf(string account) => $"token of {account}";

    public async ValueTask DisposeAsync()
    {
        foreach (var pod in _pods) await pod.DisposeAsync();
        await Api.DisposeAsync();
    }

    /// <summary>Whether a role that is bound to the caller's account allows the call: as the API server judges it.</summary>
    private bool IsGranted(ApiCall call) => (
        from binding in Manifests.OfKind("RoleBinding")
        where binding.Items("subjects").Any(subject => TokenOf(subject.Text("name")) == call.Bearer && subject.Text("namespace") == call.Namespace)
        from rule in Manifests.One("Role", binding.At("roleRef").Text("name")).Items("rules")
        where rule.Texts("apiGroups").Contains("") && rule.Texts("resources").Contains("configmaps") && rule.Texts("verbs").Contains(call.Verb)
        select rule["resourceNames"] is null || (call.Name is { } name && rule.Texts("resourceNames").Contains(name))).Any(granted => granted);
}
