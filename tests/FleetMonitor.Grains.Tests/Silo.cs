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

    public static async Task<Silo> StartAsync(string folder, Action<ModelGrainOptions>? configure = null, Action<FleetEvidenceOptions>? evidence = null, TimeProvider? time = null, Action<SpecsOptions>? specs = null, Func<FleetStore, FleetStore>? store = null)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.Services
            .AddSingleton(time ?? TimeProvider.System)
            .AddSqliteFleetStore(options => options.Path = Path.Combine(folder, "fleet.db"))
            .AddModelGrains()
            .Configure<ModelGrainOptions>(options => configure?.Invoke(options))
            .Configure<FleetEvidenceOptions>(options => evidence?.Invoke(options))
            .Configure<SpecsOptions>(options => specs?.Invoke(options))
            .Around(store));
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

/// <summary>A store whose checkpoints fail, or whose rows are lost, for as long as a test wants.</summary>
internal sealed class FaultyStore(FleetStore inner) : FleetStore
{
    private int _refused;

    /// <summary>What checkpoints fail with; null: they do not.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Rows for the fleet's list are never written, as of a silo that is lost before they are.</summary>
    public bool LosesRows { get; set; }

    /// <summary>Checkpoints that failed.</summary>
    public int Refused => Volatile.Read(ref _refused);

    public override StoreHealth Health => inner.Health;

    public override Task<bool> ModelExistsAsync(string name, CancellationToken ct = default) => inner.ModelExistsAsync(name, ct);

    public override Task<ModelLease> OpenModelAsync(string name, DateTimeOffset now, CancellationToken ct = default) => inner.OpenModelAsync(name, now, ct);

    public override IAsyncEnumerable<LogRecord> ReadLogAsync(ModelLease lease, long afterSequence, CancellationToken ct = default) => inner.ReadLogAsync(lease, afterSequence, ct);

    public override ValueTask<long> AppendAsync(ModelLease lease, ReadOnlyMemory<byte> body, bool? retired = null) => inner.AppendAsync(lease, body, retired);

    public override Task SaveCheckpointAsync(ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct = default)
    {
        if (Fault is null) return inner.SaveCheckpointAsync(lease, sequence, state, ct);
        Interlocked.Increment(ref _refused);
        return Task.FromException(Fault);
    }

    public override void PublishSummary(ModelLease lease, ModelSummary summary)
    {
        if (!LosesRows) inner.PublishSummary(lease, summary);
    }

    public override bool IsStale(ModelLease lease) => inner.IsStale(lease);

    public override Task<ModelPage> ListModelsAsync(ModelQuery query, CancellationToken ct = default) => inner.ListModelsAsync(query, ct);

    public override IAsyncEnumerable<string> RegisteredModelsAsync(CancellationToken ct = default) => inner.RegisteredModelsAsync(ct);

    public override Task DeleteModelAsync(ModelLease lease, CancellationToken ct = default) => inner.DeleteModelAsync(lease, ct);

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}

internal static class StoreAround
{
    /// <summary>Puts another store around the one that is registered.</summary>
    public static IServiceCollection Around(this IServiceCollection services, Func<FleetStore, FleetStore>? around)
    {
        if (around is null) return services;
        var made = services.Last(service => service.ServiceType == typeof(FleetStore)).ImplementationFactory!;
        return services.AddSingleton(provider => around((FleetStore)made(provider)));
    }
}
