using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FleetMonitor.Deploy.Tests.Chart;
using FleetMonitor.Deploy.Tests.Helm;
using FleetMonitor.Deploy.Tests.Image;

namespace FleetMonitor.Deploy.Tests.Pods;

/// <summary>A rendered pod as a process on loopback: its image's command, its arguments, its environment, its files, its probes.</summary>
/// <remarks>
/// Taken as they are rendered, but for what one machine cannot have twice or not at all: ports are others, on the pod's own address; mounted folders lie in a temporary one; names of services are addresses; and the API server
/// is named, where a pod would find it by the variables of its node.
/// </remarks>
internal sealed class PodProcess : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, (long Port, int Here)> _ports;
    private readonly JsonNode _spec;
    private readonly JsonNode _container;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly ChildProcess _process;

    public PodProcess(Cluster cluster, JsonNode template, string address)
    {
        _spec = template.At("spec");
        _container = PodTests.Containers(_spec).Single();
        Address = address;
        Labels = template.At("metadata").Map("labels");
        var declared = _container.Items("ports").ToList();
        var free = FreePorts.Find(declared.Count);
        _ports = declared.Select((port, i) => (port, i)).ToDictionary(p => p.port.Text("name"), p => (p.port.Number("containerPort"), free[p.i]));
        Mount(cluster);

        var command = Dockerfile.Entrypoint.Select(Dockerfile.Here).ToList();
        var arguments = _container.Texts("args").Select(cluster.Resolve);
        _process = ChildProcess.Start(command[0], [.. command[1..], .. arguments, .. ServiceAccount(cluster)], Environment(), _folder.Path);
    }

    public string Address { get; }

    public Dictionary<string, string> Labels { get; }

    public string Said => _process.Said;

    /// <summary>Host and port of a container's port, by its name.</summary>
    public string Endpoint(string port) => string.Create(CultureInfo.InvariantCulture, $"{Address}:{_ports[port].Here}");

    /// <summary>Asks as the node would: until it has started, then until it is ready.</summary>
    public async Task ReadyAsync()
    {
        await PassAsync("startupProbe");
        await PassAsync("readinessProbe");
        Assert.True(await ProbeAsync("livenessProbe"), Said);
    }

    /// <summary>One answer to a rendered probe.</summary>
    public async Task<bool> ProbeAsync(string name)
    {
        var get = _container.At(name, "httpGet");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_container.At(name).Number("timeoutSeconds") * 5)); // Two cores carry what a cluster would.
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://{Endpoint(get.Text("port"))}{get.Text("path")}"), limit.Token);
            return answer.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.BadRequest;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>SIGTERM, and its end within the pod's grace period.</summary>
    public Task<Ended> StopAsync()
    {
        _process.Terminate();
        return EndAsync(TimeSpan.FromSeconds(_spec.Number("terminationGracePeriodSeconds")));
    }

    public Task<Ended> EndAsync(TimeSpan deadline) => _process.EndAsync(deadline);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    private Task PassAsync(string name)
    {
        var probe = _container.At(name);
        return Wait.UntilAsync(
            async () =>
            {
                if (_process.HasExited) throw new InvalidOperationException($"The pod ended.\n{Said}");
                return await ProbeAsync(name);
            },
            TimeSpan.FromSeconds(Math.Max(30, probe.Number("failureThreshold") * probe.Number("periodSeconds"))),
            () => $"{name}.\n{Said}");
    }

    private Dictionary<string, string> Environment() => _container.Items("env").ToDictionary(variable => variable.Text("name"), Value);

    private string Value(JsonNode variable)
    {
        if (variable["valueFrom"] is { } source)
        {
            Assert.Equal("status.podIP", source.At("fieldRef").Text("fieldPath"));
            return Address;
        }
        var text = variable.Text("value");
        foreach (var (port, here) in _ports.Values)
        {
            if (text == port.ToString(CultureInfo.InvariantCulture)) return here.ToString(CultureInfo.InvariantCulture);
            text = Regex.Replace(text, $@"^http://\+:{port}$", string.Create(CultureInfo.InvariantCulture, $"http://{Address}:{here}"));
        }
        return _container.Items("volumeMounts").Select(mount => mount.Text("mountPath")).Any(path => text.StartsWith(path + "/", StringComparison.Ordinal) || text == path) ? Here(text) : text;
    }

    /// <summary>A path in the container, on this machine.</summary>
    private string Here(string path) => Path.Combine(_folder.Path, path.TrimStart('/'));

    private void Mount(Cluster cluster)
    {
        foreach (var mount in _container.Items("volumeMounts"))
        {
            var folder = Here(mount.Text("mountPath"));
            Directory.CreateDirectory(folder);
            var volume = _spec.Items("volumes").Single(v => v.Text("name") == mount.Text("name"));
            foreach (var source in volume["projected"]?.Items("sources") ?? [volume])
            {
                if (source["secret"] is { } secret) Write(folder, cluster.Secret(secret.Text("secretName")), secret);
                if (source["configMap"] is { } map) Write(folder, cluster.ConfigMap(map.Text("name")), map);
            }
        }
    }

    private static void Write(string folder, Dictionary<string, string> data, JsonNode source)
    {
        var files = source["items"] is null ? data.Keys.ToDictionary(key => key) : source.Items("items").ToDictionary(item => item.Text("path"), item => item.Text("key"));
        foreach (var (path, key) in files) File.WriteAllText(Path.Combine(folder, path), data[key]);
    }

    /// <summary>What a pod with a service account's token finds by itself.</summary>
    private string[] ServiceAccount(Cluster cluster)
    {
        if (!_spec.Flag("automountServiceAccountToken")) return [];
        var token = _folder.File("token");
        File.WriteAllText(token, Cluster.TokenOf(_spec.Text("serviceAccountName")));
        const string section = "--FleetMonitor:Clustering:Kubernetes";
        return [$"{section}:ApiServer", cluster.Api.Url.ToString(), $"{section}:Namespace", FleetChart.Namespace, $"{section}:TokenFile", token];
    }
}
