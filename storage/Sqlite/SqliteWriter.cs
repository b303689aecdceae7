using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace FleetMonitor.Storage;

/// <summary>The one writer: takes what waits, writes it in one transaction, answers, and tidies up in between. Lives on a thread of its own.</summary>
/// <remarks>
/// <para>
/// While one transaction is written the next one gathers, so groups grow with the load and nobody waits for a timer. A group is bounded
/// (<see cref="GroupRecords"/>, <see cref="GroupBytes"/>), and so is a step of tidying; what a caller waits for is about two groups and one step.
/// </para>
/// <para>
/// <b>Failure.</b> A group that SQLite refuses is rolled back. If a smaller one might do (disk full, out of memory), its halves are tried, in order, down
/// to the record that cannot be written, which fails alone. If the disk then does not even take a test write, the store is unhealthy: everything that waits fails,
/// appends fail at the door, and the test write is repeated until it succeeds. A corrupt file does not heal, nor is one taken up that was put in the place of
/// the open one: only a restart with a sound one helps.
/// </para>
/// <para>
/// <b>Silence.</b> A disk that hangs refuses nothing: this thread stands in the middle of a call. The store's timer looks (<see cref="LooksSilent"/>), and the store is unhealthy until the disk
/// has answered and taken a test write. What was under way is answered then, whichever way it ended; nobody knows it before.
/// </para>
/// </remarks>
internal sealed class SqliteWriter : IDisposable
{
    /// <summary>Records in a transaction: about 5 ms of writing at full load.</summary>
    private const int GroupRecords = 8192;

    /// <summary>Bytes in a transaction, unless one record alone is larger.</summary>
    private const long GroupBytes = 8 << 20;

    private const int SummariesPerTransaction = 1024;

    /// <summary>Segments kept for the next group, each with a buffer of at most <see cref="LogSegment.MaxBytes"/>.</summary>
    private const int SegmentsKept = 128;

    /// <summary>Size of the test write: several pages, so that it needs space as a batch does.</summary>
    private const int ProbeBytes = 64 << 10;

    /// <summary>What a step of freeing trimmed rows should take. Its number of rows follows from how long the last step took.</summary>
    private static readonly TimeSpan TrimTime = TimeSpan.FromMilliseconds(5);

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly SqliteWriteAhead _writeAhead;
    private readonly SqliteStatement _begin, _commit, _rollback, _probe, _removeProbe;
    private readonly SqliteLog _log;
    private readonly WriteQueue _queue;
    private readonly SummaryBoard _summaries;
    private readonly WriteAnswers _answers;
    private readonly WriterHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    private readonly Dictionary<(long ModelId, long Epoch), LogSegment> _open = [];
    private readonly List<LogSegment> _used = [];
    private readonly Stack<LogSegment> _spare = [];
    private int _trimRows = 256;
    private readonly bool _erase;

    public SqliteWriter(string path, SqliteConnection connection, SqliteWriteAhead writeAhead, WriteQueue queue, SummaryBoard summaries, StoreStatistics statistics,
        WriterHealth health, TimeProvider time, ILogger logger, bool erase)
    {
        _erase = erase;
        (_path, _connection, _writeAhead, _queue, _summaries) = (path, connection, writeAhead, queue, summaries);
        (_answers, _health, _time, _logger) = (new WriteAnswers(queue, statistics), health, time, logger);
        _begin = new(connection, "BEGIN IMMEDIATE");
        _commit = new(connection, "COMMIT");
        _rollback = new(connection, "ROLLBACK");
        _probe = new(connection, $"INSERT OR REPLACE INTO meta (key, value) VALUES ('probe', zeroblob({ProbeBytes}))");
        _removeProbe = new(connection, "DELETE FROM meta WHERE key = 'probe'");
        _log = new SqliteLog(connection);
        Models = new SqliteModels(connection, _log);
        Watch = new DiskWatch(time);
    }

    /// <summary>Over this thread's calls of SQLite.</summary>
    public DiskWatch Watch { get; }

    /// <summary>For commands, which run inside the transaction.</summary>
    public SqliteModels Models { get; }

    /// <summary>Runs until the queue is closed and empty.</summary>
    public void Run()
    {
        List<WriteRequest> batch = [];
        var answered = 0;
        try
        {
            while (_queue.Take(ref batch, wait: !_log.HasTrims || !_health.IsReady))
            {
                var waiting = CollectionsMarshal.AsSpan(batch);
                for (answered = 0; answered < waiting.Length;)
                {
                    var group = waiting.Slice(answered, GroupLength(waiting[answered..]));
                    if (group[0] is HousekeepingRequest round) KeepHouse(round);
                    else Write(group);
                    answered += group.Length;
                    Tidy();
                }
                if (waiting.IsEmpty) Tidy();
                batch.Clear();
                Watch.End();
            }
            if (_health.IsReady) WriteSummaries();
        }
        catch (Exception e)
        {
            // A bug. Whoever waits must hear of it, and the store must not look well; the exception itself comes out of the store's disposal.
            BecomeUnhealthy($"The writer of '{_path}' has stopped: {e.Message}. Batches are refused until the process is restarted.", forever: true, e);
            _answers.Abandon(ref batch, answered, _health.Unavailable());
            throw;
        }
    }

    /// <summary>Whether the disk owes this thread an answer for too long; the store is unhealthy then. For other threads.</summary>
    public bool LooksSilent()
    {
        if (!Watch.IsOverdue) return false;
        BecomeUnhealthy($"The database '{_path}' cannot be used: its disk does not answer, for more than {DiskWatch.Patience.TotalSeconds} s now. Batches are refused until it does.", forever: false);
        return true;
    }

    /// <summary>A reader could not read; if the file is damaged, nothing more is written to it.</summary>
    public void ReadFailed(SqliteException e)
    {
        if (e.IsCorruption()) BecomeUnhealthy(e);
    }

    public void Dispose()
    {
        Models.Dispose();
        _log.Dispose();
        foreach (var statement in (SqliteStatement[])[_begin, _commit, _rollback, _probe, _removeProbe]) statement.Dispose();
    }

    private static int GroupLength(ReadOnlySpan<WriteRequest> waiting)
    {
        if (waiting[0] is HousekeepingRequest) return 1;
        var length = 0;
        long bytes = 0;
        while (length < waiting.Length && length < GroupRecords && waiting[length] is not HousekeepingRequest)
        {
            bytes += waiting[length].WriteBytes;
            if (length > 0 && bytes > GroupBytes) break;
            length++;
        }
        return length;
    }

    private void Write(ReadOnlySpan<WriteRequest> group)
    {
        Watch.Begin(group.Length == 1 ? group[0].WriteBytes : 0);
        if (!_health.IsReady || !IsInPlace())
        {
            _answers.Fail(group, _health.Unavailable());
            return;
        }
        var start = _time.GetTimestamp();
        try
        {
            Transact(group);
        }
        catch (SqliteException e)
        {
            RollBack();
            RecycleSegments();
            if (e.DependsOnSize() && group.Length > 1)
            {
                Write(group[..(group.Length / 2)]);
                Write(group[(group.Length / 2)..]);
                return;
            }
            if (e.DependsOnSize() && TakesTestWrite())
            {
                _answers.Fail(group,
                    new StoreUnavailableException($"The database '{_path}' did not take a record of {group[0].WriteBytes} bytes: {e.Cause()}.", e));
                return;
            }
            BecomeUnhealthy(e);
            _answers.Fail(group, _health.Unavailable(e));
            return;
        }
        _answers.Complete(group, _time.GetElapsedTime(start));
        RecycleSegments();
    }

    private void Transact(ReadOnlySpan<WriteRequest> group)
    {
        _begin.Execute();
        foreach (var request in group)
        {
            if (request is AppendRequest append)
            {
                Stage(append);
            }
            else
            {
                WriteSegments(); // What was asked before the command is written before it.
                ((CommandRequest)request).Execute();
            }
        }
        WriteSegments();
        _commit.Execute();
    }

    private void Stage(AppendRequest append)
    {
        ref var segment = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, (append.Lease.ModelId, append.Lease.Epoch), out _);
        if (segment is not null && !segment.Fits(append.Body.Length))
        {
            _log.Append(segment);
            segment = null;
        }
        segment ??= StartSegment(append.Lease);
        append.Place(segment, segment.Add(append.Body, append.Retired));
    }

    private LogSegment StartSegment(ModelLease lease)
    {
        var segment = _spare.Count > 0 ? _spare.Pop() : new LogSegment();
        segment.Start(lease);
        _used.Add(segment);
        return segment;
    }

    private void WriteSegments()
    {
        foreach (var segment in _open.Values) _log.Append(segment);
        _open.Clear();
    }

    private void RecycleSegments()
    {
        foreach (var segment in _used)
        {
            if (_spare.Count >= SegmentsKept) break;
            segment.Release();
            _spare.Push(segment);
        }
        _used.Clear();
        _open.Clear();
    }

    private void KeepHouse(HousekeepingRequest round)
    {
        Watch.Begin();
        if (IsInPlace() && !_health.IsReady && TakesTestWrite()) BecomeHealthy();
        if (_health.IsReady) WriteSummaries();
        _queue.Release(round.Bytes);
        round.Complete();
    }

    private void WriteSummaries()
    {
        while (_summaries.Take(SummariesPerTransaction) is { Count: > 0 } some)
        {
            Watch.Begin();
            try
            {
                _begin.Execute();
                foreach (var (lease, summary) in some)
                {
                    if (!Models.Publish(lease, summary)) _summaries.Refused(lease.ModelId, lease.Epoch);
                }
                _commit.Execute();
            }
            catch (SqliteException e)
            {
                RollBack();
                foreach (var (lease, summary) in some) _summaries.Put(lease, summary, onlyIfNone: true);
                if (!e.DependsOnSize() || !TakesTestWrite()) BecomeUnhealthy(e);
                return;
            }
        }
    }

    /// <summary>A step of what can wait: frees trimmed rows, shortens the write-ahead log.</summary>
    private void Tidy()
    {
        if (!_health.IsReady) return;
        Watch.Begin();
        try
        {
            if (_log.HasTrims) Trim();
            if (_log is { HasErasures: true, HasTrims: false }) _log.HasErasures = _erase && !_writeAhead.TryCut();
            _writeAhead.Maintain();
        }
        catch (SqliteException e)
        {
            RollBack();
            if (!e.DependsOnSize() || !TakesTestWrite()) BecomeUnhealthy(e);
        }
    }

    private void Trim()
    {
        var start = _time.GetTimestamp();
        _begin.Execute();
        _log.Trim(_trimRows);
        _commit.Execute();
        var took = _time.GetElapsedTime(start);
        if (took < TrimTime / 2) _trimRows = Math.Min(_trimRows * 2, 1 << 16);
        else if (took > TrimTime) _trimRows = Math.Max(_trimRows / 2, 1);
    }

    /// <summary>Looks whether the path still leads to the file that is open. That would go on taking writes, and lose them all at the end of the process.</summary>
    private bool IsInPlace()
    {
        if (SqliteFile.IsInPlace(_connection)) return true;
        var replaced = File.Exists(_path);
        BecomeUnhealthy(
            replaced ? $"The database '{_path}' has been replaced by another file. Batches are refused until the process is restarted, which opens that one."
                : $"The database '{_path}' has been removed or renamed. Batches are refused until it is back.",
            forever: replaced);
        try
        {
            // What waits in the write-ahead log goes where it belongs. Whoever opens the file that has come to lie beside it would take it for that one's.
            _writeAhead.TryCut();
        }
        catch (SqliteException)
        {
            // The next round tries again.
        }
        return false;
    }

    /// <summary>Whether the disk takes a small batch, found out by writing one.</summary>
    /// <remarks>And by removing it, in a transaction of its own: in the same one nothing much would be written. Where that fails, or the process ends in between, the next one takes its place.</remarks>
    private bool TakesTestWrite()
    {
        if (_health.IsBeyondRepair || !SqliteFile.IsInPlace(_connection)) return false;
        try
        {
            // These two may free what the test write needs.
            _writeAhead.Finish();
            if (_log.HasTrims) Trim();
            _begin.Execute();
            _probe.Execute();
            _commit.Execute();
            _begin.Execute();
            _removeProbe.Execute();
            _commit.Execute();
            return true;
        }
        catch (SqliteException e)
        {
            RollBack();
            if (e.IsCorruption()) BecomeUnhealthy(e);
            return false;
        }
    }

    private void RollBack()
    {
        _log.Forget();
        if (raw.sqlite3_get_autocommit(_connection.Handle) != 0) return; // SQLite has done it already.
        _rollback.Execute();
    }

    private void BecomeUnhealthy(SqliteException e) => BecomeUnhealthy($"The database '{_path}' cannot be used: {e.Cause()}. " + (e.IsCorruption()
        ? "Batches are refused. Stop the process, restore or repair the file, and start again."
        : "Batches are refused until a test write succeeds."), forever: e.IsCorruption(), e);

    private void BecomeUnhealthy(string reason, bool forever, Exception? cause = null)
    {
        if (_health.TryLose(reason, forever)) _logger.StoreUnavailable(reason, cause);
    }

    private void BecomeHealthy()
    {
        if (_health.TryRegain() is { } outage) _logger.StoreRecovered(_path, outage);
    }
}
