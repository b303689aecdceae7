using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Series;
using FleetMonitor.Grains.Specs;
using FleetMonitor.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace FleetMonitor.Grains.Tests;

/// <summary>One real silo in this process over one real SQLite file, which outlives it.</summary>
internal sealed class Silo : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private Silo(InProcessTestCluster cluster) => _cluster = cluster;

    public FleetStore Store => _cluster.GetSiloServiceProvider().GetRequiredService<FleetStore>();

    public ModelSeriesRegistry Series => _cluster.GetSiloServiceProvider().GetRequiredService<ModelSeriesRegistry>();

    public IModelGrain Model(string name) => _cluster.Client.GetGrain<IModelGrain>(name);

    public ISpecsGrain Specs => _cluster.Client.GetGrain<ISpecsGrain>(0);

    public IFleetEvidenceGrain Evidence => _cluster.Client.GetGrain<IFleetEvidenceGrain>(IFleetEvidenceGrain.Key);

    public static async Task<Silo> StartAsync(string folder, Action<ModelGrainOptions>? configure = null, Action<FleetEvidenceOptions>? evidence = null, TimeProvider? time = null, Action<SpecsOptions>? specs = null)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.Services
            .AddSingleton(time ?? TimeProvider.System)
            .AddSqliteFleetStore(options => options.Path = Path.Combine(folder, "fleet.db"))
            .AddModelGrains()
            .Configure<ModelGrainOptions>(options => configure?.Invoke(options))
            .Configure<FleetEvidenceOptions>(options => evidence?.Invoke(options))
            .Configure<SpecsOptions>(options => specs?.Invoke(options)));
        builder.ConfigureClient(client => client.Services.AddModelSerialization());
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new Silo(cluster);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }
}

/// <summary>A folder for one test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fleetmonitor-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
