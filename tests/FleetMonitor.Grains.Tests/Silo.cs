using System.Runtime.CompilerServices;
using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Series;
using FleetMonitor.Grains.Specs;
using FleetMonitor.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
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

    /// <summary>Models that are active, by name.</summary>
    public async Task<IReadOnlyCollection<string>> ActiveAsync() =>
        [.. (await _cluster.Client.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics()).Where(grain => grain.GrainType.Contains(nameof(ModelGrain), StringComparison.Ordinal)).Select(grain => grain.GrainId.Key.ToString()!)];

    public IFleetEvidenceGrain Evidence => _cluster.Client.GetGrain<IFleetEvidenceGrain>(IFleetEvidenceGrain.Key);

    public static async Task<Silo> StartAsync(string folder, Action<ModelGrainOptions>? configure = null, Action<FleetEvidenceOptions>? evidence = null, TimeProvider? time = null, Action<SpecsOptions>? specs = null, Func<FleetStore, FleetStore>? store = null, TimeSpan? activation = null)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.Services
            .AddSingleton(time ?? TimeProvider.System)
            .AddSqliteFleetStore(options => options.Path = Path.Combine(folder, "fleet.db"))
            .AddModelGrains()
            .Configure<ModelGrainOptions>(options => configure?.Invoke(options))
            .Configure<FleetEvidenceOptions>(options => evidence?.Invoke(options))
            .Configure<SpecsOptions>(options => specs?.Invoke(options))
            .Configure<GrainCollectionOptions>(options => options.ActivationTimeout = activation ?? options.ActivationTimeout)
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

/// <summary>A store whose checkpoints, or openings, fail or stand still, or whose rows are lost, for as long as a test wants.</summary>
internal sealed class FaultyStore(FleetStore inner) : FleetStore
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _refused, _waited;

    /// <summary>What checkpoints fail with; null: they do not.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Rows for the fleet's list are never written, as of a silo that is lost before they are.</summary>
    public bool LosesRows { get; set; }

    /// <summary>Checkpoints that failed.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Whether no model can be opened.</summary>
    public bool OpensNothing { get; set; }

    /// <summary>Whether nobody is told which models there are.</summary>
    public bool ListsNothing { get; set; }

    /// <summary>The model whose log is not read before <see cref="Release"/>; null: none.</summary>
    public string? Held { get; set; }

    /// <summary>How many activations wait, or have waited, for the held log.</summary>
    public int Waited => Volatile.Read(ref _waited);

    public void Release() => _released.TrySetResult();

    public override StoreHealth Health => inner.Health;

    public override Task<bool> ModelExistsAsync(string name, CancellationToken ct = default) => inner.ModelExistsAsync(name, ct);

    public override Task<ModelLease> OpenModelAsync(string name, DateTimeOffset now, CancellationToken ct = default) =>
        OpensNothing ? Task.FromException<ModelLease>(new StoreUnavailableException("no")) : inner.OpenModelAsync(name, now, ct);

    public override async IAsyncEnumerable<LogRecord> ReadLogAsync(ModelLease lease, long afterSequence, [EnumeratorCancellation] CancellationToken ct = default)
    {
        if (lease.Name == Held)
        {
            Interlocked.Increment(ref _waited);
            await _released.Task;
        }
        await foreach (var record in inner.ReadLogAsync(lease, afterSequence, ct)) yield return record;
    }

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

    public override IAsyncEnumerable<string> RegisteredModelsAsync(CancellationToken ct = default) => ListsNothing ? AsyncEnumerable.Empty<string>() : inner.RegisteredModelsAsync(ct);

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
