using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Storage;

/// <summary>The store of a single silo: one SQLite file, one process, one writer.</summary>
/// <remarks>
/// Writes queue up for <see cref="SqliteWriter"/>; reads have connections of their own and see what is committed. Measured figures and what they are
/// for: <see cref="LogSegment"/>, <see cref="SqliteSchema"/>.
/// </remarks>
public sealed class SqliteFleetStore : FleetStore
{
    private readonly StoreLock _lock;
    private readonly SqliteConnection _connection;
    private readonly SqliteReaders _readers;
    private readonly WriteQueue _queue;
    private readonly SqliteWriteAhead _writeAhead;
    private readonly SqliteWriter _writer;
    private readonly StoreStatistics _statistics;
    private readonly ITimer _timer;
    private readonly Task _writing;
    private readonly SummaryBoard _summaries = new();
    private readonly SemaphoreSlim _checkpoints = new(1);
    private readonly ILogger _logger;
    private readonly string _path;
    private int _disposed;

    private SqliteFleetStore(string path, StoreLock held, SqliteConnection connection, SqliteStoreOptions options, TimeProvider time, ILogger logger,
        IMeterFactory? meters)
    {
        (_path, _lock, _connection, _logger) = (path, held, connection, logger);
        _queue = new WriteQueue(options.MaxQueueBytes);
        _statistics = new StoreStatistics(meters, () => _queue.Bytes, () => Health.IsReady);
        _writeAhead = new SqliteWriteAhead(connection, SqliteSchema.OpenCheckpointer(path, options), options.MaxWriteAheadBytes);
        _writer = new SqliteWriter(path, connection, _writeAhead, _queue, _summaries, _statistics, time, logger);
        _readers = new SqliteReaders(path, options.MaxReaders, _writer.ReadFailed);
        _writing = Task.Factory.StartNew(_writer.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _timer = time.CreateTimer(static store => ((SqliteFleetStore)store!)._queue.AddRound(), this, options.HousekeepingInterval, options.HousekeepingInterval);
    }

    /// <summary>Opens the database, or creates it.</summary>
    /// <param name="options">Validated here too.</param>
    /// <param name="time">For the once-a-second round and for durations.</param>
    /// <param name="logger">Hears of opening, health and closing; never of contents.</param>
    /// <param name="meters">Makes the meter <c>FleetMonitor.Storage</c>; without one it is made here.</param>
    /// <exception cref="StoreOpenException">Not a database, newer schema, damaged, in use, no permission: the message names path and cause.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; all of them are named.</exception>
    public static SqliteFleetStore Open(SqliteStoreOptions options, TimeProvider time, ILogger<SqliteFleetStore> logger, IMeterFactory? meters = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var validation = new SqliteStoreOptionsValidator().Validate(null, options);
        if (validation.Failed) throw new ArgumentException(validation.FailureMessage, nameof(options));

        var path = Path.GetFullPath(options.Path);
        var held = StoreLock.Take(path);
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteSchema.OpenWriter(path, options);
            var store = new SqliteFleetStore(path, held, connection, options, time, logger, meters);
            logger.StoreOpened(path, options.Durability);
            return store;
        }
        catch (Exception e)
        {
            connection?.Dispose();
            held.Dispose();
            if (e is SqliteException sqlite) throw SqliteSchema.Refusal(path, sqlite.Cause(), sqlite);
            throw;
        }
    }

    /// <inheritdoc/>
    public override StoreHealth Health => _writer.Health;

    /// <summary>For tests, which make the real thing fail: SQLite's own locks make it safe beside the writer.</summary>
    internal SqliteConnection Connection => _connection;

    /// <inheritdoc/>
    public override async Task<ModelLease> OpenModelAsync(string name, DateTimeOffset now, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var (modelId, epoch) = await CommandAsync(() => _writer.Models.Open(name, now), 0, ct).ConfigureAwait(false);
        return await _readers.ReadAsync(connection => SqliteReads.Lease(connection, name, modelId, epoch), ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<LogRecord> ReadLogAsync(ModelLease lease, long afterSequence, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentOutOfRangeException.ThrowIfLessThan(afterSequence, lease.CheckpointSequence);
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var after = afterSequence;
            var chunk = await _readers.ReadAsync(connection => SqliteReads.Log(connection, lease, after), ct).ConfigureAwait(false);
            if (chunk.Count == 0) yield break;
            foreach (var record in chunk)
            {
                ct.ThrowIfCancellationRequested();
                yield return record;
            }
            afterSequence = chunk[^1].Sequence;
        }
    }

    /// <inheritdoc/>
    public override ValueTask<long> AppendAsync(ModelLease lease, ReadOnlyMemory<byte> body)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, MaxBodyBytes);
        try
        {
            ThrowIfUnavailable();
            var request = new AppendRequest(lease, body);
            _queue.AddBounded(request);
            return request.Task;
        }
        catch (Exception e) when (e is StoreException or ObjectDisposedException)
        {
            _statistics.Failed(1);
            return ValueTask.FromException<long>(e);
        }
    }

    /// <inheritdoc/>
    public override async Task SaveCheckpointAsync(ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(state.Length, MaxBodyBytes);
        try
        {
            // One at a time: what waits in memory is the callers', and a queue of large states would hold up everybody's appends.
            await _checkpoints.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                await CommandAsync(
                    () =>
                    {
                        _writer.Models.SaveCheckpoint(lease, sequence, state.Span);
                        return true;
                    },
                    state.Length, ct).ConfigureAwait(false);
            }
            finally
            {
                _checkpoints.Release();
            }
            _statistics.CheckpointSaved(state.Length);
        }
        catch (StoreException)
        {
            _statistics.CheckpointFailed();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void PublishSummary(ModelLease lease, ModelSummary summary)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(summary);
        if (double.IsNaN(summary.Trouble)) throw new ArgumentException("Trouble orders the list and cannot be NaN.", nameof(summary));
        _summaries.Put(lease, summary);
    }

    /// <inheritdoc/>
    public override Task<ModelPage> ListModelsAsync(ModelQuery query, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Page, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.PageSize, ModelQuery.MaxPageSize);
        return _readers.ReadAsync(connection => SqliteReads.Models(connection, query), ct);
    }

    /// <inheritdoc/>
    public override Task<bool> ModelExistsAsync(string name, CancellationToken ct = default) =>
        _readers.ReadAsync(connection => SqliteReads.ModelExists(connection, name), ct);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<string> RegisteredModelsAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        var after = "";
        while (true)
        {
            var last = after;
            var names = await _readers.ReadAsync(connection => SqliteReads.RegisteredModels(connection, last), ct).ConfigureAwait(false);
            if (names.Count == 0) yield break;
            foreach (var name in names)
            {
                ct.ThrowIfCancellationRequested();
                yield return name;
            }
            after = names[^1];
        }
    }

    /// <inheritdoc/>
    public override Task DeleteModelAsync(ModelLease lease, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return CommandAsync(
            () =>
            {
                _writer.Models.Delete(lease);
                return true;
            },
            0, ct);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _timer.DisposeAsync().ConfigureAwait(false);
        _queue.Close();
        try
        {
            await _writing.ConfigureAwait(false);
        }
        finally
        {
            await _readers.DisposeAsync().ConfigureAwait(false);
            _writeAhead.Dispose();
            _writer.Dispose();
            _connection.Dispose();
            _lock.Dispose();
            _statistics.Dispose();
            _logger.StoreClosed(_path);
        }
    }

    /// <summary>The once-a-second round, now: what the timer does, for tests that do not wait.</summary>
    internal Task KeepHouseAsync()
    {
        var round = new HousekeepingRequest();
        _queue.Add(round);
        return round.Task;
    }

    private async Task<T> CommandAsync<T>(Func<T> work, long bytes, CancellationToken ct)
    {
        ThrowIfUnavailable();
        var request = new CommandRequest<T>(work, bytes, ct);
        _queue.Add(request);
        return await request.Task.ConfigureAwait(false);
    }

    private void ThrowIfUnavailable()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(FleetStore));
        if (!Health.IsReady) throw _writer.Unavailable();
    }
}
