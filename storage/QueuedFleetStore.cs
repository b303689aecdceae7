using System.Diagnostics.Metrics;

namespace FleetMonitor.Storage;

/// <summary>A store whose writes queue up for one writer: what holds of a call wherever it ends up.</summary>
public abstract class QueuedFleetStore : FleetStore
{
    private readonly WriterHealth _health;
    private readonly SemaphoreSlim _oneCheckpoint = new(1);
    private int _disposed;

    private protected QueuedFleetStore(long maxQueueBytes, WriterHealth health, IMeterFactory? meters)
    {
        _health = health;
        Queue = new WriteQueue(maxQueueBytes);
        Statistics = new StoreStatistics(meters, () => Queue.Bytes, () => health.IsReady);
    }

    /// <inheritdoc/>
    public sealed override StoreHealth Health => _health.Now;

    private protected WriteQueue Queue { get; }

    private protected SummaryBoard Summaries { get; } = new();

    private protected StoreStatistics Statistics { get; }

    /// <inheritdoc/>
    public sealed override ValueTask<long> AppendAsync(ModelLease lease, ReadOnlyMemory<byte> body, bool? retired = null)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, MaxBodyBytes);
        try
        {
            ThrowIfUnavailable();
            var request = new AppendRequest(lease, body, retired);
            Queue.AddBounded(request);
            return request.Task;
        }
        catch (Exception e) when (e is StoreException or ObjectDisposedException)
        {
            Statistics.Failed(1);
            return ValueTask.FromException<long>(e);
        }
    }

    /// <inheritdoc/>
    public sealed override async Task SaveCheckpointAsync(ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(state.Length, MaxBodyBytes);
        try
        {
            ThrowIfUnavailable(); // One that is being saved may hang with the store.
            // One at a time: what waits in memory is the callers', and large states beside each other would hold up everybody's appends.
            await _oneCheckpoint.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                await SaveAsync(lease, sequence, state, ct).ConfigureAwait(false);
            }
            finally
            {
                _oneCheckpoint.Release();
            }
            Statistics.CheckpointSaved(state.Length);
        }
        catch (StoreException)
        {
            Statistics.CheckpointFailed();
            throw;
        }
    }

    /// <inheritdoc/>
    public sealed override void PublishSummary(ModelLease lease, ModelSummary summary)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(summary);
        if (double.IsNaN(summary.Trouble)) throw new ArgumentException("Trouble orders the list and cannot be NaN.", nameof(summary));
        Summaries.Put(lease, summary);
    }

    /// <inheritdoc/>
    public sealed override bool IsStale(ModelLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return Summaries.IsStale(lease);
    }

    /// <inheritdoc/>
    public sealed override Task<ModelPage> ListModelsAsync(ModelQuery query, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Page, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.PageSize, ModelQuery.MaxPageSize);
        return ListAsync(query, ct);
    }

    /// <summary>Saves a checkpoint whose arguments are right, while no other is being saved.</summary>
    /// <exception cref="StoreException">It was not saved.</exception>
    private protected abstract Task SaveAsync(ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct);

    private protected abstract Task<ModelPage> ListAsync(ModelQuery query, CancellationToken ct);

    /// <summary>Whether this call is the one that ends the store.</summary>
    private protected bool BeginDisposal() => Interlocked.Exchange(ref _disposed, 1) == 0;

    /// <summary>Waits for the checkpoint that is being saved; whoever still waits for its turn finds out that it is over.</summary>
    private protected async Task EndCheckpointsAsync()
    {
        await _oneCheckpoint.WaitAsync().ConfigureAwait(false);
        _oneCheckpoint.Release();
    }

    private protected void ThrowIfUnavailable()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(FleetStore));
        if (!_health.IsReady) throw _health.Unavailable();
    }
}
