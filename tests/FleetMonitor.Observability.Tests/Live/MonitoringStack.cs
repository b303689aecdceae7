using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FleetMonitor.Observability.Tests.Live;

/// <summary>A silo, a real Prometheus with the project's rules, a real Alertmanager with the project's routes and templates, a real node-exporter, and who hears of alerts: a webhook and a mail server.</summary>
internal sealed partial class MonitoringStack : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly TempFolder _folder = new();
    private readonly List<ChildProcess> _processes = [];
    private readonly int[] _ports = FreePorts.Find(3);

    public SiloSite Site { get; } = new();

    public SiloProcess? Silo { get; private set; }

    public Receiver Receiver { get; } = new();

    public SmtpSink Mail { get; } = new();

    public HttpClient Prometheus { get; private set; } = new();

    public Uri Alertmanager => new($"http://{Address(_ports[1])}/");

    /// <summary>The rules as this Prometheus has them.</summary>
    public string RulesFolder => Path.Combine(_folder.Path, "rules");

    public string Said => string.Join('\n', _processes.Select(process => process.Said)) + $"\n--- received\n{Receiver.Said}";

    public static async Task<MonitoringStack> StartAsync()
    {
        string[] programs = ["prometheus", "prometheus-alertmanager", "prometheus-node-exporter"];
        foreach (var program in programs) ChildProcess.Require(program);
        var stack = new MonitoringStack();
        try
        {
            await stack.LaunchAsync();
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>The result of an instant query.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string expression)
    {
        var answer = await Prometheus.GetJsonAsync($"api/v1/query?query={Uri.EscapeDataString(expression)}");
        var result = answer.GetProperty("data").GetProperty("result");
        return answer.GetProperty("data").GetProperty("resultType").GetString() == "scalar" ? [result] : [.. result.EnumerateArray()];
    }

    /// <summary>Whether an expression can be evaluated at all; if not, why.</summary>
    public async Task<string?> ErrorOfAsync(string expression)
    {
        using var answer = await Prometheus.GetAsync(new Uri($"api/v1/query?query={Uri.EscapeDataString(expression)}", UriKind.Relative));
        return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync();
    }

    /// <summary>States of an alert: pending, firing.</summary>
    public async Task<IReadOnlyList<string>> StatesOfAsync(string alert) =>
        [.. (await QueryAsync($"ALERTS{{alertname=\"{alert}\"}}")).Select(series => series.GetProperty("metric").GetProperty("alertstate").GetString()!)];

    public async ValueTask DisposeAsync()
    {
        if (Silo is not null) await Silo.DisposeAsync();
        foreach (var process in _processes) await process.DisposeAsync();
        await Receiver.DisposeAsync();
        await Mail.DisposeAsync();
        Prometheus.Dispose();
        Site.Dispose();
        _folder.Dispose();
    }

    private async Task LaunchAsync()
    {
        Silo = await Site.StartAsync("--FleetMonitor:Models:Tick", "00:00:01");
        string prometheus = Address(_ports[0]), alertmanager = Alertmanager.Authority, node = Address(_ports[2]);
        await ConfigureAsync(prometheus, alertmanager, node);
        _processes.Add(ChildProcess.Start("prometheus-node-exporter", [$"--web.listen-address={node}"], folder: _folder.Path));
        _processes.Add(ChildProcess.Start(
            "prometheus-alertmanager",
            ["--config.file=alertmanager.yml", "--storage.path=alertmanager", $"--web.listen-address={alertmanager}", "--cluster.listen-address="],
            folder: _folder.Path));
        _processes.Add(ChildProcess.Start("prometheus", ["--config.file=prometheus.yml", "--storage.tsdb.path=data", $"--web.listen-address={prometheus}"], folder: _folder.Path));
        Prometheus = new HttpClient { BaseAddress = new Uri($"http://{prometheus}/") };
        using var alerts = new HttpClient { BaseAddress = Alertmanager };
        await Wait.UntilAsync(() => Prometheus.AnswersAsync("-/ready"), Deadline, () => $"Prometheus.\n{Said}");
        await Wait.UntilAsync(() => alerts.AnswersAsync("-/ready"), Deadline, () => $"Alertmanager.\n{Said}");
    }

    /// <summary>The project's files, with time scaled and addresses of this machine.</summary>
    private async Task ConfigureAsync(string prometheus, string alertmanager, string node)
    {
        var project = Path.Combine(Repository.Root, "prometheus");
        Directory.CreateDirectory(RulesFolder);
        Directory.CreateDirectory(_folder.File("targets"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(project, "rules")))
        {
            await File.WriteAllTextAsync(Path.Combine(RulesFolder, Path.GetFileName(file)), ScaledTime.Scale(await File.ReadAllTextAsync(file)));
        }
        var configuration = ScaledTime.Scale(await File.ReadAllTextAsync(Path.Combine(project, "prometheus.yml")))
            .Replace("alertmanager:9093", alertmanager, StringComparison.Ordinal)
            .Replace("node-exporter:9100", node, StringComparison.Ordinal)
            .Replace("localhost:9090", prometheus, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.File("prometheus.yml"), Timeouts().Replace(configuration, "scrape_timeout: 1s"));
        await File.WriteAllTextAsync(_folder.File("targets/fleetmonitor.yml"), $"- targets: [\"{Site.Address.Authority}\"]\n  labels: {{ component: silo }}\n");
        await File.WriteAllTextAsync(_folder.File("targets/model-servers.yml"), $"- targets: [\"{Receiver.Address}\"]\n");

        await using var configure = ChildProcess.Start("sh", [Path.Combine(Repository.Root, "alertmanager", "configure"), Path.Combine(Repository.Root, "alertmanager"), _folder.File("no-secrets")], new Dictionary<string, string>
        {
            ["WEBHOOK_URL"] = $"http://{Receiver.Address}/alerts",
            ["HEARTBEAT_URL"] = $"http://{Receiver.Address}/alive",
            ["SMTP_SMARTHOST"] = Mail.Address,
            ["SMTP_REQUIRE_TLS"] = "false",
        });
        var configured = await configure.EndAsync(Deadline);
        Assert.True(configured.ExitCode == 0, configured.ToString());
        await File.WriteAllTextAsync(_folder.File("alertmanager.yml"), ScaledTime.Scale(configured.Output));
    }

    private static string Address(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    [GeneratedRegex("scrape_timeout: .*")]
    private static partial Regex Timeouts();
}
