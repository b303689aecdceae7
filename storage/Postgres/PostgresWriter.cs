using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>The silo's one writer: takes what waits, writes it in one transaction, answers. Lives on a thread of its own, and has a connection of its
/// own.</summary>
/// <remarks>
/// <para>While one transaction is written the next one gathers, so groups grow with the load and nobody waits for a timer. One is under way at a time, which
/// keeps the order.</para>
/// <para>
/// <b>Refusal.</b> A group that PostgreSQL refuses is rolled back. After a deadlock it is tried again; where a smaller one might do (disk full, out of
/// memory) its halves are, down to the record that cannot be written, which fails alone. Anything else makes the store unhealthy: what waits fails,
/// appends fail at the door, and a test write is repeated until it succeeds.
/// </para>
/// <para>
/// <b>Doubt.</b> Where the connection ends before the answer, nobody knows whether the group was committed. Its appends are not answered until that is
/// known: on a new connection they are settled (<see cref="PostgresLog.Settle"/>), and nothing else is written before. After
/// <see cref="PostgresStoreOptions.DoubtTimeout"/> they fail and their leases are given up here: whoever opens the models next reads from the log what
/// was kept. A model to open just fails; at worst its epoch was taken.
/// </para>
/// </remarks>
internal sealed class PostgresWriter : IDisposable
{
    private const int GroupRecords = 8192;

    /// <summary>Bytes in a transaction, unless one record alone is larger. Larger groups cost the server more a byte (260 MB a CPU-second at 2 MB, 140 at 8
    /// MB).</summary>
    private const long GroupBytes = 2 << 20;

    private const int SummariesPerTransaction = 1024;
    private const int Attempts = 5;

    private readonly PostgresDatabase _database;
    private readonly PostgresStoreOptions _options;
    private readonly WriteQueue _queue;
    private readonly SummaryBoard _summaries;
    private readonly WriteAnswers _answers;
    private readonly WriterHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PostgresGroup _group;
    private readonly HashSet<(long ModelId, long Epoch)> _givenUp = [];

    private NpgsqlConnection? _connection;
    private WriteRequest[] _inDoubt = [];
    private long _doubtSince;
    private bool _wrote;

    public PostgresWriter(PostgresDatabase database, PostgresStoreOptions options, WriteQueue queue, SummaryBoard summaries, StoreStatistics statistics,
        WriterHealth health, TimeProvider time, ILogger logger)
    {
        (_database, _options, _queue, _summaries) = (database, options, queue, summaries);
        (_answers, _health, _time, _logger) = (new WriteAnswers(queue, statistics), health, time, logger);
        _group = new PostgresGroup(new PostgresLog(database, options));
    }

    /// <summary>Runs until the queue is closed and empty.</summary>
    public void Run()
    {
        List<WriteRequest> batch = [];
        var answered = 0;
        try
        {
            while (_queue.Take(ref batch, wait: true))
            {
                var waiting = CollectionsMarshal.AsSpan(batch);
                for (answered = 0; answered < waiting.Length;)
                {
                    var alone = waiting[answered] is HousekeepingRequest or DeleteRequest;
                    var group = waiting.Slice(answered, alone ? 1 : _group.Length(waiting[answered..], GroupRecords, GroupBytes));
                    if (group[0] is HousekeepingRequest round) KeepHouse(round);
                    else Write(group);
                    answered += group.Length;
                }
                batch.Clear();
            }
            if (_inDoubt.Length > 0) Recover();
            if (_inDoubt.Length > 0) GiveUp();
            if (_health.IsReady) WriteSummaries();
        }
        catch (Exception e)
        {
            // A bug. Whoever waits must hear of it, and the store must not look well; the exception itself comes out of the store's disposal.
            BecomeUnhealthy($"The writer of {_database.Name} has stopped: {e.Message}. Batches are refused until the process is restarted.", forever: true, e);
            foreach (var request in _inDoubt) request.Fail(_health.Unavailable());
            _answers.Abandon(ref batch, answered, _health.Unavailable());
            throw;
        }
    }

    public void Dispose() => Disconnect();

    private void Write(ReadOnlySpan<WriteRequest> group)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (!_health.IsReady)
            {
                Fail(group, _health.Unavailable());
                return;
            }
            var start = _time.GetTimestamp();
            var (sent, committed) = (false, false);
            try
            {
                var connection = Connect();
                if (group[0] is DeleteRequest delete)
                {
                    if (!delete.IsCancelled) Delete(connection, delete, again: attempt > 1);
                }
                else
                {
                    _group.Stage(connection, group, lease => _givenUp.Contains((lease.ModelId, lease.Epoch)));
                    sent = true;
                    _group.Execute(connection);
                    committed = true;
                    if (_group.Misplaced(connection) is { Count: > 0 } misplaced)
                    {
                        WriteAgain(group, misplaced, attempt);
                        return;
                    }
                }
                _wrote = true;
                Complete(group, _time.GetElapsedTime(start));
                return;
            }
            catch (NpgsqlException e) when (sent && _group.HasAppends && (committed || !e.IsDefinite()))
            {
                Doubt(group, e);
                return;
            }
            catch (NpgsqlException e) when (e.IsDefinite() && e.IsConflict() && attempt < Attempts)
            {
                // Rolled back; the other transaction went on.
            }
            catch (NpgsqlException e) when (e.IsDefinite() && e.DependsOnSize() && group.Length > 1)
            {
                Write(group[..(group.Length / 2)]);
                Write(group[(group.Length / 2)..]);
                return;
            }
            catch (NpgsqlException e) when (e.IsDefinite() && e.DependsOnSize() && TakesTestWrite())
            {
                Fail(group, new StoreUnavailableException($"{_database.Name} did not take a record of {group[0].WriteBytes} bytes: {e.Cause()}.", e));
                return;
            }
            catch (NpgsqlException e) when (!e.IsDefinite() && attempt == 1 && _connection is not null)
            {
                Disconnect(); // It may have died long ago, unnoticed. What it did besides appending can be done twice.
                _database.Reset();
            }
            catch (NpgsqlException e)
            {
                BecomeUnhealthy(e);
                Fail(group, _health.Unavailable(e));
                return;
            }
        }
    }

    // Ids are not used again: what is gone at the second attempt was deleted by the first, or by whoever else wanted it gone.
    private void Delete(NpgsqlConnection connection, DeleteRequest request, bool again)
    {
        var model = request.Lease.ModelId;
        request.Deleted = PostgresModels.Delete(connection, request.Lease) || (again && !PostgresLog.ReadHeads(connection, [model]).ContainsKey(model));
        _group.Forget(request.Lease.ModelId);
    }

    /// <summary>Answers the group save the appends that were not placed, and writes those anew.</summary>
    private void WriteAgain(ReadOnlySpan<WriteRequest> group, HashSet<ModelLease> misplaced, int attempt)
    {
        var (done, again) = (new List<WriteRequest>(), new List<WriteRequest>());
        foreach (var request in group) (request is AppendRequest append && misplaced.Contains(append.Lease) && attempt < Attempts ? again : done).Add(request);
        Complete(CollectionsMarshal.AsSpan(done), TimeSpan.Zero);
        Write(CollectionsMarshal.AsSpan(again));
    }

    private void Doubt(ReadOnlySpan<WriteRequest> group, NpgsqlException e)
    {
        var (appends, others) = (new List<WriteRequest>(), new List<WriteRequest>());
        foreach (var request in group) (request is AppendRequest ? appends : others).Add(request);
        (_inDoubt, _doubtSince) = ([.. appends], _time.GetTimestamp());
        Fail(CollectionsMarshal.AsSpan(others), new StoreUnavailableException($"{_database.Name} did not answer: {e.Cause()}.", e));
        Disconnect();
        _database.Reset();
        // A connection that was cut may be made again at once; a server that hangs would hold up everybody else's refusal.
        var still = e;
        if (e.InnerException is TimeoutException || !TrySettle(out still)) BecomeUnhealthy(still!);
    }

    /// <summary>Finds out what became of the appends in doubt, and answers them.</summary>
    private bool TrySettle(out NpgsqlException? failure)
    {
        failure = null;
        try
        {
            _group.Settle(Connect());
        }
        catch (NpgsqlException e)
        {
            if (!e.IsDefinite()) Disconnect();
            failure = e;
            return false;
        }
        var settled = _inDoubt;
        _inDoubt = [];
        Complete(settled, _time.GetElapsedTime(_doubtSince));
        return true;
    }

    private void GiveUp()
    {
        foreach (var lease in _group.Leases()) _givenUp.Add((lease.ModelId, lease.Epoch));
        var doubtful = _inDoubt;
        _inDoubt = [];
        Fail(doubtful, new StoreUnavailableException($"{_database.Name} did not say whether it kept this; its log will: {_health.Now.Reason}"));
    }

    private void Complete(ReadOnlySpan<WriteRequest> group, TimeSpan took)
    {
        _answers.Complete(group, took);
        _group.Recycle();
    }

    private void Fail(ReadOnlySpan<WriteRequest> group, StoreUnavailableException reason)
    {
        _answers.Fail(group, reason);
        if (_inDoubt.Length == 0) _group.Recycle();
    }

    private void KeepHouse(HousekeepingRequest round)
    {
        if (_health.IsReady)
        {
            if (!_wrote) LookAfterConnection();
        }
        else
        {
            Recover();
        }
        _wrote = false;
        if (_health.IsReady) WriteSummaries();
        _queue.Release(round.Bytes);
        round.Complete();
    }

    /// <summary>Without traffic nothing else would notice that the server is gone.</summary>
    private void LookAfterConnection()
    {
        try
        {
            try
            {
                Connect().Execute("SELECT 1");
            }
            catch (NpgsqlException e) when (!e.IsDefinite())
            {
                Disconnect();
                _database.Reset();
                Connect().Execute("SELECT 1");
            }
        }
        catch (NpgsqlException e)
        {
            BecomeUnhealthy(e);
        }
    }

    private void Recover()
    {
        if (_health.IsBeyondRepair) return;
        _database.Reset(); // The secret may have been repaired.
        if (_inDoubt.Length > 0 && !TrySettle(out var failure))
        {
            RenewReason(failure!);
            if (_time.GetElapsedTime(_doubtSince) < _options.DoubtTimeout) return;
            GiveUp();
        }
        if (TakesTestWrite()) BecomeHealthy();
    }

    private void WriteSummaries()
    {
        while (_summaries.Take(SummariesPerTransaction) is { Count: > 0 } some)
        {
            try
            {
                foreach (var (model, epoch) in PostgresModels.Publish(Connect(), some)) _summaries.Refused(model, epoch);
            }
            catch (NpgsqlException e)
            {
                foreach (var (lease, summary) in some) _summaries.Put(lease, summary, onlyIfNone: true);
                // A model deleted in the same instant, or two silos in each other's way: the next round finds it otherwise.
                if (e.IsDefinite() && (e.IsConflict() || e.SqlState == PostgresErrorCodes.ForeignKeyViolation)) return;
                if (!e.IsDefinite() || !e.DependsOnSize() || !TakesTestWrite()) BecomeUnhealthy(e);
                return;
            }
        }
    }

    /// <summary>Whether the database takes a small batch, found out by writing one.</summary>
    private bool TakesTestWrite()
    {
        if (_health.IsBeyondRepair) return false;
        try
        {
            PostgresProbe.Write(Connect());
            return true;
        }
        catch (NpgsqlException e)
        {
            if (!e.IsDefinite()) Disconnect();
            RenewReason(e);
            return false;
        }
    }

    /// <exception cref="NpgsqlException">No connection can be had; nothing was sent.</exception>
    private NpgsqlConnection Connect()
    {
        if (_connection is { FullState: System.Data.ConnectionState.Open } connection) return connection;
        Disconnect();
        _connection = _database.Open();
        // Of all sessions only this one promises something to its callers.
        _connection.Execute("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'");
        return _connection;
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private void BecomeUnhealthy(NpgsqlException e)
    {
        // What comes next may be another server, of the same name: after a failover, or behind a repaired login.
        Disconnect();
        _database.Reset();
        BecomeUnhealthy(Reason(e), forever: false, e);
    }

    private string Reason(NpgsqlException e) => $"{_database.Name} cannot be used: {e.Cause()}. Batches are refused until a test write succeeds.";

    private void BecomeUnhealthy(string reason, bool forever, Exception? cause = null)
    {
        if (_health.TryLose(reason, forever)) _logger.PostgresUnavailable(reason, cause);
    }

    /// <summary>Still unhealthy, perhaps for another reason.</summary>
    private void RenewReason(NpgsqlException e) => _health.Renew(Reason(e));

    private void BecomeHealthy()
    {
        if (_health.TryRegain() is { } outage) _logger.PostgresRecovered(_database.Name, outage);
    }
}
