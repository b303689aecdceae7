using System.Globalization;

namespace FleetMonitor.Testing;

/// <summary>A gateway as a process of its own, always on the same port.</summary>
public sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly int[] _ports = FreePorts.Find(2);
    private readonly string[] _options;
    private ChildProcess _process;

    public GatewayProcess(params string[] options)
    {
        _options = options;
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        _process = Launch();
    }

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[0]}/"));

    public HttpClient Http { get; }

    public int Id => _process.Id;

    public string Said => _process.Said;

    public Task ReadyAsync() => Wait.UntilAsync(() => Http.AnswersAsync("health/ready"), Deadline, () => $"the gateway's /health/ready.\n{Said}");

    /// <summary>SIGKILL, and another in its place.</summary>
    public async Task ReplaceAsync()
    {
        await _process.KillAsync();
        await _process.DisposeAsync();
        _process = Launch();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }

    private ChildProcess Launch() => ChildProcess.Start(
        "dotnet",
        [
            Repository.ApiDll,
            "--urls", Address.ToString().TrimEnd('/'),
            "--FleetMonitor:Grpc:Url", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[1]}"),
            .. _options,
        ]);
}
