namespace FleetMonitor.Testing;

/// <summary>Silos, a gateway in front of them and PostgreSQL behind, all on loopback.</summary>
public sealed class ClusterSite : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly List<(SiloSite Site, SiloProcess Process)> _silos = [];
    private readonly string _connection;
    private readonly string[] _options;

    private ClusterSite(PostgresServer postgres, string connection, string[] options)
    {
        (Postgres, _connection, _options) = (postgres, connection, options);
        Gateway = new GatewayProcess([.. Membership]);
    }

    public PostgresServer Postgres { get; }

    public GatewayProcess Gateway { get; }

    public IReadOnlyList<SiloProcess> Silos => [.. _silos.Select(silo => silo.Process)];

    /// <summary>All that they said, for the message of a failed test.</summary>
    public string Said => string.Join('\n', [Gateway.Said, .. Silos.Select(silo => silo.Said)]);

    private string[] Membership =>
    [
        "--FleetMonitor:Clustering:Kind", "Postgres",
        "--FleetMonitor:Clustering:Postgres:ConnectionString", _connection,
        "--FleetMonitor:Clustering:Postgres:RefreshPeriod", "00:00:02",
    ];

    /// <summary>Small checkpoints, so that a move finds some, and a log behind them; silos that are missed soon.</summary>
    public static IReadOnlyList<string> Nervous { get; } =
    [
        "--FleetMonitor:Silo:ProbeTimeout", "00:00:02",
        "--FleetMonitor:Silo:AlivePeriod", "00:00:02",
        "--FleetMonitor:Models:MinCheckpointBytes", "65536",
        "--FleetMonitor:Models:Tick", "00:00:01",
    ];

    private string[] Options =>
    [
        .. Membership,
        "--FleetMonitor:Storage:Kind", "Postgres",
        "--FleetMonitor:Storage:Postgres:ConnectionString", _connection,
        .. _options,
    ];

    /// <param name="silos">How many there are at first.</param>
    /// <param name="options">What each of them is told beside where to meet and to store.</param>
    public static async Task<ClusterSite> StartAsync(int silos, params IEnumerable<string> options) => await StartAsync(await PostgresServer.StartAsync(), silos, options);

    /// <param name="postgres">Ends with the cluster.</param>
    /// <param name="silos">How many there are at first.</param>
    /// <param name="options">What each of them is told beside where to meet and to store.</param>
    public static async Task<ClusterSite> StartAsync(PostgresServer postgres, int silos, params IEnumerable<string> options)
    {
        var cluster = new ClusterSite(postgres, await postgres.CreateDatabaseAsync(), [.. options]);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => cluster.AddAsync().AsTask()));
            await cluster.Gateway.ReadyAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one silo more and waits until it is ready.</summary>
    public ValueTask<SiloProcess> AddAsync() => AddAsync(new SiloSite());

    /// <summary>SIGKILL, and out of the list.</summary>
    public async Task<SiloSite> KillAsync(int silo)
    {
        var (site, process) = _silos[silo];
        _silos.RemoveAt(silo);
        await process.KillAsync();
        await process.DisposeAsync();
        return site;
    }

    /// <summary>SIGTERM, and out of the list.</summary>
    public async Task<Ended> StopAsync(int silo)
    {
        var (_, process) = _silos[silo];
        _silos.RemoveAt(silo);
        var ended = await process.StopAsync();
        await process.DisposeAsync();
        return ended;
    }

    /// <summary>Starts a silo where one was.</summary>
    public async ValueTask<SiloProcess> AddAsync(SiloSite site)
    {
        var process = site.Launch(Options);
        lock (_silos) _silos.Add((site, process));
        await process.ReadyAsync(Deadline);
        return process;
    }

    /// <summary>Waits until each of the models' series is exported by one silo, and by one alone. A silo that was declared dead, since the machine left it no time, is started again, as its supervisor would.</summary>
    public Task SettledAsync(IEnumerable<string> models)
    {
        MetricsPage[] pages = [];
        return Wait.UntilAsync(
            async () =>
            {
                foreach (var (site, process) in _silos.Where(silo => silo.Process.HasExited).ToArray())
                {
                    _silos.Remove((site, process));
                    await process.DisposeAsync();
                    await AddAsync(site);
                }
                pages = await Task.WhenAll(Silos.Select(silo => silo.Http.GetMetricsAsync()));
                return models.All(model => pages.Count(page => page.Models.Contains(model)) == 1);
            },
            Deadline,
            () => $"one owner of each model; {string.Join(" | ", pages.Select(page => string.Join(' ', page.Models)))}.\n{Said}");
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        foreach (var (site, process) in _silos)
        {
            await process.DisposeAsync();
            site.Dispose();
        }
        await Postgres.DisposeAsync();
    }
}
