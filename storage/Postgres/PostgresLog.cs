using Npgsql;
using NpgsqlTypes;

namespace FleetMonitor.Storage;

/// <summary>Appending: who may write, and what they write, in one statement.</summary>
/// <remarks>
/// <para>
/// <b>Fence and order.</b> The statement sets <c>last_sequence</c> where the model's epoch is still the lease's and its log still ends where this writer
/// left it, and inserts the records of those models whose row it could change. PostgreSQL evaluates the condition on the row's newest version, under its
/// lock: an opener that came first is seen, one that comes later waits for the commit. So a fenced writer cannot write, and sequences are dense however
/// many writers there are.
/// </para>
/// <para>
/// <b>Repeatable.</b> The writer chooses the sequences, so the same statement sent twice writes once: the second finds that the log does not end where it
/// says. An attempt whose answer was lost is settled by repeating it (see <see cref="Settle"/>), and should the first one reach the server after all,
/// however late, it does nothing.
/// </para>
/// <para>
/// <c>IS TRUE</c> keeps the question "owned?" out of the hands of a planner that takes every array for ten elements long and would go through all models for
/// each row; as it is they are hashed.
/// </para>
/// <para>Arrays and <c>unnest</c>, one statement for any number of models: as fast as a binary COPY in groups of 2 MB, and no round trip with locks
/// held.</para>
/// </remarks>
internal sealed class PostgresLog(PostgresDatabase database, PostgresStoreOptions options)
{
    private const string AppendSql = """
        WITH owned AS (
            UPDATE models m SET last_sequence = e.last, retired = coalesce(e.retired, m.retired)
            FROM unnest($1, $2, $3, $4, $13) WITH ORDINALITY e(model_id, epoch, before, last, retired, entry)
            WHERE m.id = e.model_id AND m.epoch = e.epoch AND m.last_sequence = e.before RETURNING e.entry),
        announced AS (
            UPDATE meta SET value = value + 1 WHERE key = 'registry' AND EXISTS (SELECT FROM unnest($1, $13) r(model_id, retired)
            WHERE r.retired IS NOT NULL AND r.retired <> (SELECT retired FROM models WHERE id = r.model_id))),
        written AS (
            INSERT INTO log (slice, model_id, sequence, checksum, records, size, part, body)
            SELECT (SELECT value FROM meta WHERE key = 'slice'), r.model_id, r.sequence, r.checksum, r.records, r.size, r.part, r.body
            FROM unnest($5, $6, $7, $8, $9, $10, $11, $12) r(entry, model_id, sequence, checksum, records, size, part, body)
            WHERE (r.entry IN (SELECT entry FROM owned)) IS TRUE)
        SELECT entry FROM owned
        """;

    private readonly string _gateSql = $"SELECT pg_advisory_xact_lock_shared({PostgresSchema.LockKey(options.Schema, "gate")})";
    private readonly Parameters _append = new();

    /// <summary>The commands that append all of that; the result of the last one goes to <see cref="ReadOwned"/>.</summary>
    public void AddAppend(NpgsqlBatch batch, List<LogAppend> entries)
    {
        var bytes = _append.Set(entries);
        if (database.TimeoutFor(bytes) is { } seconds)
        {
            batch.Timeout = seconds + 2;
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"SET LOCAL statement_timeout = {seconds * 1000L}"));
        }
        batch.BatchCommands.Add(new NpgsqlBatchCommand(_gateSql));
        var append = new NpgsqlBatchCommand(AppendSql);
        _append.AddTo(append.Parameters);
        batch.BatchCommands.Add(append);
    }

    /// <summary>Lets go of the callers' memory.</summary>
    public void Release() => _append.Clear();

    /// <summary>Marks the entries whose models took them.</summary>
    public static void ReadOwned(NpgsqlDataReader reader, List<LogAppend> entries)
    {
        while (reader.Read()) entries[(int)reader.GetInt64(0) - 1].IsOwned = true;
    }

    /// <summary>Epoch and last sequence of models as they are now; those that are deleted are not there.</summary>
    public static Dictionary<long, (long Epoch, long Last)> ReadHeads(NpgsqlConnection connection, IEnumerable<long> models)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, epoch, last_sequence FROM models WHERE id = ANY($1)";
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. models] });
        using var row = command.ExecuteReader();
        var heads = new Dictionary<long, (long Epoch, long Last)>();
        while (row.Read()) heads[row.GetInt64(0)] = (row.GetInt64(1), row.GetInt64(2));
        return heads;
    }

    /// <summary>Finds out what became of an append whose answer was lost, by repeating it. Afterwards each entry is owned (kept, once) or not (nothing of it
    /// was or will be kept).</summary>
    /// <remarks>
    /// Where the model takes it now, it had not been kept. Where it does not: with the same epoch, it had. With a newer one, the sequence at which the
    /// next epoch began tells whether this one's record lies before it. Where that is forgotten or the model deleted, its data is not this lease's
    /// business any more.
    /// </remarks>
    public void Settle(NpgsqlConnection connection, List<LogAppend> entries)
    {
        foreach (var entry in entries) entry.IsOwned = false;
        using (var batch = connection.CreateBatch())
        {
            AddAppend(batch, entries);
            using var reader = batch.ExecuteReader();
            MoveToLast(reader, batch.BatchCommands.Count);
            ReadOwned(reader, entries);
        }
        var open = entries.Where(entry => !entry.IsOwned).ToList();
        if (open.Count == 0) return;
        var heads = ReadHeads(connection, open.Select(entry => entry.Lease.ModelId).Distinct());
        foreach (var entry in open)
        {
            if (!heads.TryGetValue(entry.Lease.ModelId, out var head)) continue;
            if (head.Epoch == entry.Lease.Epoch) entry.IsOwned = head.Last >= entry.Last;
            else if (ReadBaseAfter(connection, entry.Lease) is { } successorsBase) entry.IsOwned = successorsBase >= entry.Last;
        }
    }

    /// <summary>Skips the results of the commands before the last; those without rows have none.</summary>
    public static void MoveToLast(NpgsqlDataReader reader, int commands)
    {
        // One result is current from the start. SET has no rows and no result of its own.
        while (reader.FieldCount == 0 || reader.GetName(0) != "entry")
        {
            if (!reader.NextResult()) throw new InvalidOperationException($"None of {commands} results is the append's.");
        }
    }

    private static long? ReadBaseAfter(NpgsqlConnection connection, ModelLease lease)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT base FROM leases WHERE model_id = $1 AND epoch > $2 ORDER BY epoch LIMIT 1";
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = lease.ModelId });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = lease.Epoch });
        return (long?)command.ExecuteScalar();
    }

    /// <summary>The arrays, kept from group to group.</summary>
    private sealed class Parameters
    {
        private readonly List<long> _models = [], _epochs = [], _before = [], _last = [];
        private readonly List<long> _rowEntries = [], _rowModels = [], _sequences = [], _checksums = [];
        private readonly List<int> _records = [], _sizes = [], _parts = [];
        private readonly List<ReadOnlyMemory<byte>> _bodies = [];
        private readonly List<bool?> _retired = [];

        // In the order of the statement's parameters.
        private List<long>[] Longs => [_models, _epochs, _before, _last, _rowEntries, _rowModels, _sequences, _checksums];

        private List<int>[] Integers => [_records, _sizes, _parts];

        public long Set(List<LogAppend> entries)
        {
            Clear();
            long bytes = 0;
            for (var i = 0; i < entries.Count; i++)
            {
                var entry = entries[i];
                _models.Add(entry.Lease.ModelId);
                _epochs.Add(entry.Lease.Epoch);
                _before.Add(entry.Before);
                _last.Add(entry.Last);
                _retired.Add(entry.Retired);
                foreach (var segment in entry.Segments) bytes += Add(i + 1, segment);
            }
            return bytes;
        }

        public void Clear()
        {
            foreach (var list in Longs) list.Clear();
            foreach (var list in Integers) list.Clear();
            _bodies.Clear();
            _retired.Clear();
        }

        public void AddTo(NpgsqlParameterCollection parameters)
        {
            foreach (var list in Longs) parameters.Add(new NpgsqlParameter<List<long>> { TypedValue = list });
            foreach (var list in Integers) parameters.Add(new NpgsqlParameter<List<int>> { TypedValue = list });
            parameters.Add(new NpgsqlParameter<List<ReadOnlyMemory<byte>>> { TypedValue = _bodies, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
            parameters.Add(new NpgsqlParameter<List<bool?>> { TypedValue = _retired });
        }

        private int Add(long entry, LogSegment segment)
        {
            var body = segment.Memory;
            var checksum = LogSegment.Checksum(segment.Lease.ModelId, segment.Last, body.Span);
            for (var (part, offset) = (0, 0); part == 0 || offset < body.Length; part++, offset += PostgresSchema.PartBytes)
            {
                _rowEntries.Add(entry);
                _rowModels.Add(segment.Lease.ModelId);
                _sequences.Add(segment.Last);
                _checksums.Add(checksum);
                _records.Add(segment.Count);
                _sizes.Add(body.Length);
                _parts.Add(part);
                _bodies.Add(body.Slice(offset, Math.Min(PostgresSchema.PartBytes, body.Length - offset)));
            }
            return body.Length;
        }
    }
}

/// <summary>What one lease appends in one transaction: records <see cref="Before"/> + 1 to <see cref="Last"/>.</summary>
internal sealed class LogAppend(ModelLease lease, long before)
{
    public ModelLease Lease => lease;

    public long Before => before;

    public long Last => Segments.Count == 0 ? before : Segments[^1].Last;

    public List<LogSegment> Segments { get; } = [];

    /// <summary>Whether the model is retired after these records; null: none of them says so.</summary>
    public bool? Retired => Segments.FindLast(segment => segment.Retired is not null)?.Retired;

    /// <summary>The records are the model's.</summary>
    public bool IsOwned { get; set; }
}
