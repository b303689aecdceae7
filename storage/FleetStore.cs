namespace FleetMonitor.Storage;

/// <summary>What a silo keeps on disk: the models, each model's append-only log of inputs, and the checkpoints that let the log be short.</summary>
/// <remarks>
/// <para>
/// Bodies, in the log and in checkpoints, are opaque bytes. A model's state is its newest checkpoint plus the records behind it; an append that
/// was acknowledged is part of that state after a crash of the process (and after a power cut, where the operator asks for it).
/// </para>
/// <para>
/// <b>Fencing.</b> Whoever opens a model takes a new epoch, and every write checks its epoch in the statement that writes. Of two
/// activations that both believe to own a model, only the newer one can write; the other gets <see cref="FencedException"/> and has to go.
/// </para>
/// <para>
/// <b>Order.</b> Sequences of a model are dense, from 1. Appends of one lease get their sequences in the order of the calls, so a caller may issue the
/// next append before the last one is durable; appends of many models share transactions.
/// </para>
/// <para>All members are safe to call from any thread; the order above is the order in which calls of one lease were made.</para>
/// </remarks>
public abstract class FleetStore : IAsyncDisposable
{
    /// <summary>The largest record or checkpoint, in bytes. Half of what SQLite and PostgreSQL can hold in one value, and one has to fit in memory twice.</summary>
    public const int MaxBodyBytes = 512 << 20;

    /// <summary>Whether batches can be kept at this moment, and if not, why. Recovers by itself: an unhealthy store tries a test write now and then.</summary>
    public abstract StoreHealth Health { get; }

    /// <summary>Whether a model of that name is registered. Changes nothing.</summary>
    public abstract Task<bool> ModelExistsAsync(string name, CancellationToken ct = default);

    /// <summary>Registers the model if it is new and takes a new epoch: every earlier lease of it is fenced from now on.</summary>
    /// <param name="name">The model's name, compared byte by byte.</param>
    /// <param name="now">The time of registration, if the model is new.</param>
    /// <param name="ct">Heeded until the writer's turn comes. Later the epoch may have been taken, which fences earlier leases and does no other harm.</param>
    /// <returns>The lease, with the newest checkpoint. Replay what lies behind it with <see cref="ReadLogAsync"/>.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot write; try again later.</exception>
    /// <exception cref="StoreCorruptException">The checkpoint is damaged.</exception>
    /// <exception cref="FencedException">Another activation opened the model in the meantime.</exception>
    public abstract Task<ModelLease> OpenModelAsync(string name, DateTimeOffset now, CancellationToken ct = default);

    /// <summary>Streams the model's records with a sequence above <paramref name="afterSequence"/>, in order and without gaps.</summary>
    /// <remarks>Read in chunks of about 1 MiB, each a short transaction of its own, so that a slow reader holds nothing back.</remarks>
    /// <exception cref="FencedException">Another activation opened the model; what was read so far is right, but no longer the caller's.</exception>
    /// <exception cref="StoreCorruptException">A record is damaged or missing.</exception>
    public abstract IAsyncEnumerable<LogRecord> ReadLogAsync(ModelLease lease, long afterSequence, CancellationToken ct = default);

    /// <summary>Appends one record. The place in the log's order is taken before the call returns; the result is the sequence, once it is durable.</summary>
    /// <param name="lease">From <see cref="OpenModelAsync"/>.</param>
    /// <param name="body">Not copied until it is written: must not change before the call completes. At most <see cref="MaxBodyBytes"/>.</param>
    /// <param name="retired">Whether the model is retired from this record on, for <see cref="RegisteredModelsAsync"/>: written with the record, so that the two agree whatever happens. Null: as before.</param>
    /// <returns>Await it once (as with every <see cref="ValueTask"/>). After a failure nothing was acknowledged, and nothing of it was kept save in
    /// two cases: where the disk failed while it confirmed the write and the machine died on top of it, the record may be found after the restart; and where a
    /// database on the network lost its answer and could not be asked for a minute, the record may be found by whoever opens the model next, and this lease is over.</returns>
    /// <exception cref="FencedException">A newer lease exists, or the model is deleted. Not retryable with this lease.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot write (disk full, I/O error, corrupt, read-only); retryable.</exception>
    /// <exception cref="StoreBusyException">More bytes wait than the store is willing to hold; retryable.</exception>
    public abstract ValueTask<long> AppendAsync(ModelLease lease, ReadOnlyMemory<byte> body, bool? retired = null);

    /// <summary>Saves the state that covers the log up to and with <paramref name="sequence"/> and gives that part of the log up, in one transaction.</summary>
    /// <remarks>The space of the records given up is freed in small steps afterwards, for appends to reuse.</remarks>
    /// <exception cref="ArgumentException">The sequence lies behind the last checkpoint's or beyond the log's end.</exception>
    /// <exception cref="FencedException">A newer lease exists, or the model is deleted.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot write; the earlier checkpoint and its log still stand.</exception>
    public abstract Task SaveCheckpointAsync(ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct = default);

    /// <summary>Leaves the model's row for the fleet's list. Returns at once; within about a second the newest summary of each model is written.</summary>
    /// <remarks>A summary is a view, not state: one of a stale lease is dropped in silence, one that the disk refuses is kept for later.</remarks>
    public abstract void PublishSummary(ModelLease lease, ModelSummary summary);

    /// <summary>Whether a summary of this lease, written some time ago, was dropped as stale: an activation that gets no writes learns by it that the model lives elsewhere. False proves nothing. Asks nobody.</summary>
    public abstract bool IsStale(ModelLease lease);

    /// <summary>One page of the fleet's list. O(n log n) in the number of models that match.</summary>
    public abstract Task<ModelPage> ListModelsAsync(ModelQuery query, CancellationToken ct = default);

    /// <summary>Names of all models that are neither deleted nor retired, for whoever keeps them active. In order of name.</summary>
    public abstract IAsyncEnumerable<string> RegisteredModelsAsync(CancellationToken ct = default);

    /// <summary>Deletes the model with its log, checkpoint and summary. Opening the name again starts a new life, from sequence 1 and with a higher epoch.</summary>
    /// <exception cref="FencedException">A newer lease exists, or the model is deleted already.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot write; nothing was deleted.</exception>
    public abstract Task DeleteModelAsync(ModelLease lease, CancellationToken ct = default);

    /// <summary>Writes what waits, then lets go of the files. Appends that wait complete or fail; none hangs, save one that a disk was given which does not answer, and that is not waited for.</summary>
    public abstract ValueTask DisposeAsync();
}
