using System.Globalization;

namespace FleetMonitor.Testing;

/// <summary>Where a silo runs: its ports and its file, which outlive it.</summary>
public sealed class SiloSite : IDisposable
{
    private readonly TempFolder _folder = new();

    public SiloSite()
    {
        var ports = FreePorts.Find(4);
        (HttpPort, SiloPort, GatewayPort, GrpcPort) = (ports[0], ports[1], ports[2], ports[3]);
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
        Database = Path.Combine(_folder.Path, "fleet.db");
    }

    public int HttpPort { get; }

    public int SiloPort { get; init; }

    public int GatewayPort { get; init; }

    public int GrpcPort { get; init; }

    public string Database { get; init; }

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{HttpPort}/"));

    /// <summary>Host and port of gRPC, as its clients take them.</summary>
    public string GrpcTarget => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{GrpcPort}");

    /// <summary>Knows nothing of producers and sequences: what it sends is sent once.</summary>
    public HttpClient Http { get; }

    /// <summary>Starts a silo as <c>./fleet up</c> does, and waits until it is ready.</summary>
    public async Task<SiloProcess> StartAsync(params string[] options)
    {
        var silo = Launch(options);
        try
        {
            await silo.ReadyAsync();
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a silo and leaves it to itself.</summary>
    public SiloProcess Launch(params string[] options) => LaunchAs("Development", options);

    public SiloProcess LaunchAs(string environment, params string[] options) => new(this, ChildProcess.Start(
        "dotnet",
        [
            Repository.SiloDll,
            "--contentRoot", Repository.SiloFolder,
            "--urls", Address.ToString().TrimEnd('/'),
            "--FleetMonitor:Grpc:Url", $"http://{GrpcTarget}",
            "--FleetMonitor:Storage:Path", Database,
            "--FleetMonitor:Silo:SiloPort", SiloPort.ToString(CultureInfo.InvariantCulture),
            "--FleetMonitor:Silo:GatewayPort", GatewayPort.ToString(CultureInfo.InvariantCulture),
            .. options,
        ],
        new Dictionary<string, string> { ["DOTNET_ENVIRONMENT"] = environment },
        _folder.Path));

    public void Dispose()
    {
        Http.Dispose();
        _folder.Dispose();
    }
}
