using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>The store of many silos: one PostgreSQL database, any number of processes, one writer in each.</summary>
/// <remarks>
/// Appends, models to open and to delete queue up for <see cref="PostgresWriter"/>; checkpoints, reads and the log's partitions have connections of their
/// own. What is promised between silos rests on three things: the row of a model, which every append changes (<see cref="PostgresLog"/>); sequences
/// chosen by the writer, which make an append repeatable (there too); and the gate before the log's partitions (<see cref="PostgresPartitions"/>).
/// </remarks>
public sealed class PostgresFleetStore : QueuedFleetStore
{
    /// <summary>Partitions are in less of a hurry than summaries and health.</summary>
    private const int RoundsPerPartitionRound = 5;

    private readonly PostgresDatabase _database;
    private readonly PostgresReaders _readers;
    private readonly PostgresCheckpoints _checkpoints;
    private readonly PostgresPartitions _partitions;
    private readonly PostgresWriter _writer;
    private readonly SemaphoreSlim _oneRound = new(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly ITimer _timer;
    private readonly Task _writing;
    private readonly ILogger _logger;
    private Registered? _registered;
    private Task _round = Task.CompletedTask;
    private int _rounds;

    private PostgresFleetStore(PostgresDatabase database, PostgresStoreOptions options, TimeProvider time, WriterHealth health, ILogger logger,
        IMeterFactory? meters)
        : base(options.MaxQueueBytes, health, meters)
    {
        (_database, _logger) = (database, logger);
        _writer = new PostgresWriter(database, options, Queue, Summaries, Statistics, health, time, logger);
        _readers = new PostgresReaders(database, options.MaxReaders);
        _checkpoints = new PostgresCheckpoints(database);
        _partitions = new PostgresPartitions(database, options, time, logger);
        _writing = Task.Factory.StartNew(_writer.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _timer = time.CreateTimer(static store => ((PostgresFleetStore)store!).StartRound(), this, options.HousekeepingInterval, options.HousekeepingInterval);
    }

    /// <summary>Connects, and creates or upgrades the tables; several silos may do so at once.</summary>
    /// <param name="options">Validated here too.</param>
    /// <param name="time">For the once-a-second round and for durations; the database's timeouts run on the real clock.</param>
    /// <param name="logger">Hears of opening, health, partitions and closing; never of contents or passwords.</param>
    /// <param name="meters">Makes the meter <c>FleetMonitor.Storage</c>; without one it is made here.</param>
    /// <exception cref="StoreOpenException">Not to be reached for <see cref="PostgresStoreOptions.StartTimeout"/>, refused, newer schema, another program's:
    /// the message says which.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; all of them are named.</exception>
    public static PostgresFleetStore Open(PostgresStoreOptions options, TimeProvider time, ILogger<PostgresFleetStore> logger, IMeterFactory? meters = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var validation = new PostgresStoreOptionsValidator().Validate(null, options);
        if (validation.Failed) throw new ArgumentException(validation.FailureMessage, nameof(options));

        var database = new PostgresDatabase(options);
        try
        {
            PostgresStart.Prepare(database, options, logger);
            var store = new PostgresFleetStore(database, options, time, new WriterHealth(time, $"{database.Name} is not available."), logger, meters);
            logger.PostgresOpened(database.Name);
            return store;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override async Task<ModelLease> OpenModelAsync(string name, DateTimeOffset now, CancellationToken ct = default)
    {
        PostgresText.ThrowIfNotAName(name);
        ThrowIfUnavailable();
        var request = new OpenRequest(name, now, ct);
        Queue.Add(request);
        var (modelId, epoch) = await request.Task.ConfigureAwait(false);
        return await _readers.ReadAsync((connection, stop) => PostgresReads.LeaseAsync(connection, name, modelId, epoch, stop), ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<LogRecord> ReadLogAsync(
        ModelLease lease, long afterSequence, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentOutOfRangeException.ThrowIfLessThan(afterSequence, lease.CheckpointSequence);
        var reader = new PostgresLogReader(lease, afterSequence);
        while (!reader.IsAtEnd)
        {
            foreach (var record in reader.Take(await _readers.ReadAsync(reader.ReadAsync, ct).ConfigureAwait(false)))
            {
                ct.ThrowIfCancellationRequested();
                yield return record;
            }
        }
    }

    /// <inheritdoc/>
    public override Task<bool> ModelExistsAsync(string name, CancellationToken ct = default) =>
        _readers.ReadAsync((connection, stop) => PostgresReads.ModelExistsAsync(connection, PostgresText.Storable(name), stop), ct);

    /// <summary>As <see cref="FleetStore.RegisteredModelsAsync"/>. Asked often by many silos: the list is read only when the number that stands for its
    /// version has changed.</summary>
    public override async IAsyncEnumerable<string> RegisteredModelsAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        var known = _registered;
        if (known is null || known.Version != await _readers.ReadAsync(PostgresReads.RegistryVersionAsync, ct).ConfigureAwait(false))
        {
            _registered = known = await _readers.ReadAsync(PostgresReads.RegisteredModelsAsync, ct).ConfigureAwait(false);
        }
        foreach (var name in known.Names)
        {
            ct.ThrowIfCancellationRequested();
            yield return name;
        }
    }

    /// <inheritdoc/>
    public override async Task DeleteModelAsync(ModelLease lease, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ThrowIfUnavailable();
        var request = new DeleteRequest(lease, ct);
        Queue.Add(request);
        await request.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!BeginDisposal()) return;
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        Queue.Close();
        try
        {
            await _writing.ConfigureAwait(false);
        }
        finally
        {
            await _oneRound.WaitAsync().ConfigureAwait(false);
            await EndCheckpointsAsync().ConfigureAwait(false);
            await _readers.DisposeAsync().ConfigureAwait(false);
            _writer.Dispose();
            _database.Dispose();
            Statistics.Dispose();
            _ending.Dispose();
            _logger.PostgresClosed(_database.Name);
        }
    }

    /// <summary>The once-a-second round, now: what the timer does, for tests that do not wait.</summary>
    internal async Task KeepHouseAsync()
    {
        var round = new HousekeepingRequest();
        Queue.Add(round);
        await round.Task.ConfigureAwait(false);
        await LookAfterPartitionsAsync(wait: true).ConfigureAwait(false);
    }

    private protected override async Task SaveAsync(ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct)
    {
        ThrowIfUnavailable();
        try
        {
            await _checkpoints.SaveAsync(lease, sequence, state, ct).ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            throw new StoreUnavailableException($"{_database.Name} did not take a checkpoint: {e.Cause()}.", e);
        }
    }

    private protected override Task<ModelPage> ListAsync(ModelQuery query, CancellationToken ct) =>
        _readers.ReadAsync((connection, stop) => PostgresReads.ModelsAsync(connection, query, stop), ct);

    private void StartRound()
    {
        Queue.AddRound();
        if (_rounds++ % RoundsPerPartitionRound == 0 && _round.IsCompleted) _round = LookAfterPartitionsAsync(wait: false);
    }

    private async Task LookAfterPartitionsAsync(bool wait)
    {
        if (!Health.IsReady || !await _oneRound.WaitAsync(wait ? Timeout.Infinite : 0).ConfigureAwait(false)) return;
        try
        {
            await _partitions.MaintainAsync(_ending.Token).ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            _logger.PartitionsFailed(e.Cause());
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The store is being closed, or its connections were replaced: the next round goes on.
        }
        finally
        {
            _oneRound.Release();
        }
    }
}
