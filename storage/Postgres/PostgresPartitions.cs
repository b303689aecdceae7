using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>The log's partitions: one for the slice that is being written, the next one made ahead, older ones dropped when nothing in them is
/// needed.</summary>
/// <remarks>
/// <para>
/// <b>Why by arrival.</b> A checkpoint gives up its model's oldest records. By model, every partition would be trimmed row by row for ever; by arrival,
/// what was given up lies together, and goes with its file: no row is deleted, nothing is vacuumed, the space is the operating system's at once.
/// </para>
/// <para>
/// <b>What is needed</b> in a slice: records of a model that exists, behind its checkpoint. Once a slice is no longer written it is counted: the last
/// sequence and the bytes of each of its models (<c>slice_models</c>). From then on the question is a join of small tables. A slice of which less than
/// 1/<see cref="Sparse"/> is needed (models that fell silent before their next checkpoint) is emptied into the current one, so the log takes at most
/// about that factor times what is needed, and a record is copied again only after <see cref="Sparse"/> times its size in others was dropped.
/// </para>
/// <para>
/// <b>Safe with many silos.</b> Each step is a transaction under one advisory lock, which a silo that finds it taken leaves to the other; a step repeated
/// does nothing. Whoever writes the log holds the <i>gate</i> (a shared advisory lock) from before it asks for the current slice until its end, and the
/// slice is moved on under the exclusive one: when that is committed, no record can come into the slice before it.
/// </para>
/// <para>
/// <b>Deleted</b> records go with their file as well: a deletion leaves a mark at the current slice, which is then moved on, and the slices up to the
/// mark are emptied and dropped. Records that checkpoints gave up in a partition that fills slowly go the same way: the mark is left once a
/// <see cref="PostgresStoreOptions.ForgetPeriod"/>, whether something was deleted or not. The time of the last one is the database's (<c>forgotten</c>, Unix
/// seconds), so that silos that come and go do it no more often.
/// </para>
/// <para>
/// Making a partition is <c>ATTACH</c>, which lets appends pass. Dropping one holds them up, and so does moving on: whoever is in the way, a reader of the
/// log or an append that a silo stands still in the middle of, is waited for as <see cref="Patience"/> says, and the step is otherwise left for later.
/// </para>
/// </remarks>
internal sealed class PostgresPartitions(PostgresDatabase database, PostgresStoreOptions options, TimeProvider time, ILogger logger)
{
    private const int Sparse = 8;

    private const string MoveOn = "UPDATE meta SET value = value + 1 WHERE key = 'slice' AND EXISTS (SELECT FROM slices WHERE slice = value + 1)";

    private const string Countable = "SELECT slice FROM slices WHERE NOT counted AND slice < $1 ORDER BY slice";

    // Counted ones only: those are written no more. A model's whole share counts as needed while its last record here is.
    private static readonly string Droppable = $"""
        SELECT s.slice FROM slices s LEFT JOIN slice_models k ON k.slice = s.slice
        LEFT JOIN models m ON m.id = k.model_id AND k.last_sequence > m.checkpoint_sequence
        WHERE s.counted AND s.slice < $1 GROUP BY s.slice
        HAVING coalesce(sum(k.bytes) FILTER (WHERE m.id IS NOT NULL), 0) * {Sparse} <= coalesce(sum(k.bytes), 0) ORDER BY s.slice
        """;

    // Up to the mark that was left last, however much of them is needed: records that were deleted or given up go with their file only.
    private const string Erasable = "SELECT slice FROM slices WHERE counted AND slice < $1 AND slice <= (SELECT value FROM meta WHERE key = 'erase') ORDER BY slice";

    private readonly long _house = PostgresSchema.LockKey(options.Schema, "partitions");
    private readonly long _gate = PostgresSchema.LockKey(options.Schema, "gate");
    private readonly Patience _toMoveOn = new(time), _toDrop = new(time);
    private long? _erasedAt;

    /// <summary>Makes the partition of a slice.</summary>
    /// <remarks>Without autovacuum, since its rows are never updated and seldom deleted. PostgreSQL freezes old ones all the same.</remarks>
    public static string Create(long slice) => $"""
        CREATE TABLE log_{slice} (LIKE log INCLUDING DEFAULTS INCLUDING STORAGE) WITH (autovacuum_enabled = false, toast_tuple_target = 8160);
        ALTER TABLE log ATTACH PARTITION log_{slice} FOR VALUES FROM ({slice}) TO ({slice + 1});
        INSERT INTO slices (slice) VALUES ({slice});
        """;

    /// <summary>One round of everything that is due.</summary>
    /// <exception cref="NpgsqlException">Nothing is half done; the next round goes on.</exception>
    public async Task MaintainAsync(CancellationToken ct)
    {
        var connection = await database.OpenAsync(ct).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (!await StepAsync(connection, MakeNextAsync, ct).ConfigureAwait(false)) return;
            await StepAsync(connection, MarkAsync, ct).ConfigureAwait(false);
            if (!_toMoveOn.IsPausing) await TryStepAsync(connection, MoveOnAsync, _toMoveOn, ct).ConfigureAwait(false);
            await StepAsync(connection, ForgetLeasesAsync, ct).ConfigureAwait(false);
            foreach (var slice in await ReadSlicesAsync(connection, Countable, ct).ConfigureAwait(false))
            {
                await StepAsync(connection, (it, _) => CountAsync(it, slice), ct).ConfigureAwait(false);
            }
            if (_toDrop.IsPausing) return;
            foreach (var slice in await ReadSlicesAsync(connection, Droppable, ct).ConfigureAwait(false))
            {
                if (!await TryDropAsync(connection, slice, ct).ConfigureAwait(false)) return;
            }
            if (EraseIsDue) await EraseAsync(connection, ct).ConfigureAwait(false);
        }
    }

    private bool EraseIsDue => _erasedAt is not { } then || time.GetElapsedTime(then) >= options.ErasePeriod;

    private async Task EraseAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        foreach (var slice in await ReadSlicesAsync(connection, Erasable, ct).ConfigureAwait(false))
        {
            if (!await TryDropAsync(connection, slice, ct).ConfigureAwait(false)) return;
            _erasedAt = time.GetTimestamp();
        }
    }

    private async Task<bool> StepAsync(NpgsqlConnection connection, Func<NpgsqlConnection, CancellationToken, Task> step, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (!await connection.ScalarAsync<bool>($"SELECT pg_try_advisory_xact_lock({_house})").ConfigureAwait(false)) return false;
            await step(connection, ct).ConfigureAwait(false);
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }
    }

    private async Task MakeNextAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var next = await CurrentAsync(connection).ConfigureAwait(false) + 1;
        if (await connection.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM slices WHERE slice = {next})").ConfigureAwait(false)) return;
        await connection.ExecuteAsync(Create(next)).ConfigureAwait(false);
        logger.PartitionMade(next);
    }

    /// <summary>Leaves the mark that a deletion leaves, once a period. The first is left a period after the log began.</summary>
    /// <remarks>Due is also one whose time is to come: a clock was wrong that wrote it, which an older version's silo did by its own.</remarks>
    private async Task MarkAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string Now = "extract(epoch FROM now())::bigint";
        await connection.ExecuteAsync($"""
            INSERT INTO meta VALUES ('forgotten', {Now}) ON CONFLICT (key) DO NOTHING;
            WITH due AS (UPDATE meta SET value = {Now} WHERE key = 'forgotten'
                AND (value <= {Now} - {(long)options.ForgetPeriod.TotalSeconds} OR value > {Now}) RETURNING value)
            INSERT INTO meta SELECT 'erase', value FROM meta WHERE key = 'slice' AND EXISTS (SELECT FROM due) ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """).ConfigureAwait(false);
    }

    private async Task MoveOnAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var current = await CurrentAsync(connection).ConfigureAwait(false);
        var isFull = await connection.ScalarAsync<long>($"SELECT pg_table_size('log_{current}')").ConfigureAwait(false) >= options.PartitionBytes;
        if (!isFull && !(EraseIsDue && await connection.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM meta WHERE key = 'erase' AND value >= {current})").ConfigureAwait(false))) return;
        await connection.ExecuteAsync($"SET LOCAL lock_timeout = {_toMoveOn.Milliseconds}; SELECT pg_advisory_xact_lock({_gate}); {MoveOn}").ConfigureAwait(false);
    }

    private Task ForgetLeasesAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteAsync($"DELETE FROM leases WHERE opened < now() - interval '{4 * (long)options.DoubtTimeout.TotalSeconds} seconds'");

    private static async Task CountAsync(NpgsqlConnection connection, long slice)
    {
        if (!await connection.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM slices WHERE slice = {slice} AND NOT counted)").ConfigureAwait(false)) return;
        await connection.ExecuteAsync($"""
            INSERT INTO slice_models SELECT {slice}, model_id, max(sequence), sum(octet_length(body)::bigint + 64) FROM log_{slice} GROUP BY model_id;
            UPDATE slices SET counted = true WHERE slice = {slice};
            """).ConfigureAwait(false);
    }

    private async Task<bool> TryDropAsync(NpgsqlConnection connection, long slice, CancellationToken ct)
    {
        if (!await TryStepAsync(connection, (it, _) => DropAsync(it, slice), _toDrop, ct).ConfigureAwait(false)) return false;
        logger.PartitionDropped(slice);
        return true;
    }

    /// <summary>A step that holds up the appends while it waits.</summary>
    private async Task<bool> TryStepAsync(NpgsqlConnection connection, Func<NpgsqlConnection, CancellationToken, Task> step, Patience patience, CancellationToken ct)
    {
        try
        {
            if (!await StepAsync(connection, step, ct).ConfigureAwait(false)) return false;
            patience.Restore();
            return true;
        }
        catch (PostgresException e) when (e.IsConflict() || e.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            patience.Lose(); // Somebody is in the way, or it took too long itself.
            return false;
        }
    }

    private async Task DropAsync(NpgsqlConnection connection, long slice)
    {
        // All of it may have to be copied.
        var seconds = database.TimeoutFor(await connection.ScalarAsync<long>($"SELECT coalesce(pg_table_size(to_regclass('log_{slice}')), 0)").ConfigureAwait(false));
        if (seconds is { } patience) await connection.ExecuteAsync($"SET LOCAL statement_timeout = {patience * 1000L}").ConfigureAwait(false);
        await connection.ExecuteAsync($"""
            SELECT pg_advisory_xact_lock_shared({_gate});
            UPDATE log l SET slice = (SELECT value FROM meta WHERE key = 'slice')
            FROM slice_models k JOIN models m ON m.id = k.model_id AND k.last_sequence > m.checkpoint_sequence
            WHERE k.slice = {slice} AND l.slice = {slice} AND l.model_id = k.model_id AND l.sequence > m.checkpoint_sequence;
            SET LOCAL lock_timeout = {_toDrop.Milliseconds};
            DROP TABLE IF EXISTS log_{slice};
            DELETE FROM slices WHERE slice = {slice};
            """, seconds + 2).ConfigureAwait(false);
    }

    private static Task<long> CurrentAsync(NpgsqlConnection connection) => connection.ScalarAsync<long>("SELECT value FROM meta WHERE key = 'slice'");

    private static async Task<List<long>> ReadSlicesAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        var current = await CurrentAsync(connection).ConfigureAwait(false);
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
#pragma warning disable CA2100 // One of the two statements above.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = current });
            var slices = new List<long>();
            var row = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(ct).ConfigureAwait(false)) slices.Add(row.GetInt64(0));
            }
            return slices;
        }
    }

    /// <summary>How long a step waits, and how long nobody tries it after it waited in vain.</summary>
    /// <remarks>The appends of all silos wait while it does. So it is tried ever less often, a minute apart in the end; and waits longer the less often it is, at most a twentieth of the time, so that it has its turn on a slow database too.</remarks>
    private sealed class Patience(TimeProvider time)
    {
        private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200), LongestPause = TimeSpan.FromMinutes(1);

        private TimeSpan _pause;
        private long _pausedAt;

        public bool IsPausing => _pause > TimeSpan.Zero && time.GetElapsedTime(_pausedAt) < _pause;

        public long Milliseconds => (long)Math.Max(Shortest.TotalMilliseconds, _pause.TotalMilliseconds / 20);

        public void Lose()
        {
            _pause = TimeSpan.FromTicks(Math.Clamp(_pause.Ticks * 2, TimeSpan.TicksPerSecond, LongestPause.Ticks));
            _pausedAt = time.GetTimestamp();
        }

        public void Restore() => _pause = TimeSpan.Zero;
    }
}
