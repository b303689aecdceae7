using FleetMonitor.Grains.Placement;
using FleetMonitor.Grains.Series;
using FleetMonitor.Grains.Specs;
using FleetMonitor.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.TestingHost;

namespace FleetMonitor.Grains.Tests.Placement;

/// <summary>Several real silos in this process. They share one store, as silos of a cluster share a database.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly InProcessTestCluster _cluster;

    private Cluster(InProcessTestCluster cluster, FleetStore store, TempFolder folder) => (_cluster, Store, _folder) = (cluster, store, folder);

    public FleetStore Store { get; }

    public IReadOnlyList<InProcessSiloHandle> Silos => _cluster.Silos;

    public IGrainFactory Grains => _cluster.Client;

    public static async Task<Cluster> StartAsync(short silos, Action<SpecsOptions>? specs = null)
    {
        var folder = new TempFolder();
        var store = SqliteFleetStore.Open(new SqliteStoreOptions { Path = Path.Combine(folder.Path, "fleet.db") }, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance);
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<FleetStore>(store).AddModelGrains().Configure<ModelGrainOptions>(options => options.Tick = TimeSpan.FromSeconds(1))
                .Configure<SpecsOptions>(options => specs?.Invoke(options));
#pragma warning disable ORLEANSEXP003 // As the silo's own hosting does.
            silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        });
        builder.ConfigureClient(client => client.Services.AddModelSerialization());
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new Cluster(cluster, store, folder);
    }

    public static ModelSeriesRegistry Series(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<ModelSeriesRegistry>();

    public static LostSilos Lost(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<LostSilos>();

    public IModelGrain Model(string name) => _cluster.Client.GetGrain<IModelGrain>(name);

    /// <summary>Where a model belongs, by the silos that run.</summary>
    public SiloAddress Home(string name) => RendezvousHash.Owner(name, Silos.Select(silo => silo.SiloAddress).ToArray())!;

    /// <summary>Waits until every model's series are exported by its home and by nobody else.</summary>
    public async Task SettledAsync(IEnumerable<string> names)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!names.All(name => Silos.All(silo => Series(silo).Contains(name) == silo.SiloAddress.Equals(Home(name)))))
        {
            await Task.Delay(20, patience.Token);
        }
    }

    public Task AddSiloAsync() => _cluster.StartAdditionalSiloAsync();

    public Task KillAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    public Task StopAsync(InProcessSiloHandle silo) => _cluster.StopSiloAsync(silo);

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
        await Store.DisposeAsync();
        _folder.Dispose();
    }
}
