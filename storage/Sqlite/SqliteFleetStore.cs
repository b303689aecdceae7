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
public sealed class SqliteFleetStore : QueuedFleetStore
{
    /// <summary>How often a closing store looks whether the disk still answers.</summary>
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    private readonly StoreLock _lock;
    private readonly SqliteConnection _connection;
    private readonly SqliteReaders _readers;
    private readonly SqliteWriteAhead _writeAhead;
    private readonly SqliteWriter _writer;
    private readonly ITimer _timer;
    private readonly Task _writing;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _path;
    private readonly long _maxWriteAheadBytes;

    private SqliteFleetStore(string path, StoreLock held, SqliteConnection connection, SqliteStoreOptions options, TimeProvider time, WriterHealth health,
        ILogger logger,
        IMeterFactory? meters)
        : base(options.MaxQueueBytes, health, meters)
    {
        (_path, _lock, _connection, _time, _logger, _maxWriteAheadBytes) = (path, held, connection, time, logger, options.MaxWriteAheadBytes);
        _writeAhead = new SqliteWriteAhead(connection, SqliteSchema.OpenCheckpointer(path, options), options.MaxWriteAheadBytes);
        _writer = new SqliteWriter(path, connection, _writeAhead, Queue, Summaries, Statistics, health, time, logger, options.Erase);
        _readers = new SqliteReaders(path, options.MaxReaders, _writer.ReadFailed);
        _writing = Task.Factory.StartNew(_writer.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _timer = time.CreateTimer(static store => ((SqliteFleetStore)store!).StartRound(), this, options.HousekeepingInterval,
            options.HousekeepingInterval);
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
            var store = new SqliteFleetStore(path, held, connection, options, time, new WriterHealth(time, $"The database '{path}' is not available."),
                logger, meters);
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
        if (!BeginDisposal()) return;
        await _timer.DisposeAsync().ConfigureAwait(false);
        Queue.Close();
        var closing = CloseAsync();
        while (!closing.IsCompleted)
        {
            if (_writer.LooksSilent())
            {
                Queue.Abandon(new StoreUnavailableException(Health.Reason!));
                _logger.StoreLeft(_path); // Closed by itself should the disk answer before the process has ended.
                return;
            }
            await Task.WhenAny(closing, Task.Delay(LookPeriod, _time)).ConfigureAwait(false);
        }
        await closing.ConfigureAwait(false);
    }

    private async Task CloseAsync()
    {
        try
        {
            await _writing.ConfigureAwait(false);
        }
        finally
        {
            // SQLite works the write-ahead log into the database when its last connection closes.
            _writer.Watch.Begin(_maxWriteAheadBytes);
            await _readers.DisposeAsync().ConfigureAwait(false);
            await Task.Run(() =>
            {
                _writeAhead.Dispose();
                _writer.Dispose();
                _connection.Dispose();
            }).ConfigureAwait(false);
            _writer.Watch.End();
            _lock.Dispose();
            Statistics.Dispose();
            _logger.StoreClosed(_path);
        }
    }

    /// <summary>The once-a-second round, now: what the timer does, for tests that do not wait.</summary>
    internal Task KeepHouseAsync()
    {
        var round = new HousekeepingRequest();
        Queue.Add(round);
        return round.Task;
    }

    private protected override Task SaveAsync(ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct) => CommandAsync(
        () =>
        {
            _writer.Models.SaveCheckpoint(lease, sequence, state.Span);
            return true;
        },
        state.Length, ct);

    private protected override Task<ModelPage> ListAsync(ModelQuery query, CancellationToken ct) =>
        _readers.ReadAsync(connection => SqliteReads.Models(connection, query), ct);

    private void StartRound()
    {
        _writer.LooksSilent();
        Queue.AddRound();
    }

    private async Task<T> CommandAsync<T>(Func<T> work, long bytes, CancellationToken ct)
    {
        ThrowIfUnavailable();
        var request = new CommandRequest<T>(work, bytes, ct);
        Queue.Add(request);
        return await request.Task.ConfigureAwait(false);
    }
}
