using Microsoft.Data.Sqlite;

namespace FleetMonitor.Storage;

/// <summary>The table <c>log</c> as the writer sees it. All members run inside the writer's transaction.</summary>
internal sealed class SqliteLog(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _append = new(connection, """
        INSERT INTO log (model_id, sequence, records, checksum, body) SELECT ?1, ?2, ?3, ?4, ?5 FROM models WHERE id = ?1 AND epoch = ?6
        """);

    private readonly SqliteStatement _retire = new(connection, "UPDATE models SET retired = ?2 WHERE id = ?1");

    private readonly SqliteStatement _lastSequence = new(connection, """
        SELECT max(coalesce((SELECT max(sequence) FROM log WHERE model_id = ?1), 0), coalesce((SELECT sequence FROM checkpoints WHERE model_id = ?1), 0))
        """);

    private readonly SqliteStatement _nextTrim = new(connection, "SELECT model_id, sequence FROM trims LIMIT 1");
    private readonly SqliteStatement _trimmed = new(connection, "DELETE FROM trims WHERE model_id = ?1");

    private readonly SqliteStatement _trim = new(connection, """
        DELETE FROM log WHERE id IN (SELECT id FROM log WHERE model_id = ?1 AND sequence <= ?2 ORDER BY sequence LIMIT ?3)
        """);

    // Read once per model, then kept up by the only writer there is.
    private readonly Dictionary<long, long> _last = [];

    /// <summary>Rows may wait to be freed, see <see cref="Trim"/>. After a start too.</summary>
    public bool HasTrims { get; set; } = true;

    /// <summary>A model was deleted since the write-ahead log was cut to nothing: its rows may still be in there. After a start too, if that follows a crash.</summary>
    public bool HasErasures { get; set; } = true;

    /// <summary>Writes the segment as the model's next records, or marks it as fenced.</summary>
    public void Append(LogSegment segment)
    {
        var model = segment.Lease.ModelId;
        var first = LastSequence(model) + 1;
        segment.Written(first);
        var inserted = _append.Bind(1, model).Bind(2, segment.Last).Bind(3, segment.Count).Bind(4, LogSegment.Checksum(model, segment.Last, segment.Body))
            .Bind(5, segment.Body).Bind(6, segment.Lease.Epoch).Execute();
        if (inserted == 0)
        {
            segment.Fence();
            return;
        }
        if (segment.Retired is { } retired) _retire.Bind(1, model).Bind(2, retired ? 1L : 0L).Execute();
        _last[model] = segment.Last;
    }

    /// <summary>The last sequence that the model's log or its checkpoint has; 0 for none.</summary>
    public long LastSequence(long modelId)
    {
        if (_last.TryGetValue(modelId, out var last)) return last;
        Span<long> row = stackalloc long[1];
        _lastSequence.Bind(1, modelId).TryRead(row);
        return _last[modelId] = row[0];
    }

    /// <summary>Frees up to <paramref name="budget"/> rows that were given up.</summary>
    public void Trim(int budget)
    {
        // If the transaction fails, the next thing given up or the next start resumes.
        HasTrims = false;
        Span<long> next = stackalloc long[2];
        while (budget > 0)
        {
            if (!_nextTrim.TryRead(next)) return;
            var freed = _trim.Bind(1, next[0]).Bind(2, next[1]).Bind(3, budget).Execute();
            if (freed < budget) _trimmed.Bind(1, next[0]).Execute();
            budget -= freed + 1;
        }
        HasTrims = true;
    }

    /// <summary>What is remembered may be wrong: a transaction was rolled back.</summary>
    public void Forget() => _last.Clear();

    public void Forget(long modelId) => _last.Remove(modelId);

    public void Dispose()
    {
        foreach (var statement in (SqliteStatement[])[_append, _retire, _lastSequence, _nextTrim, _trimmed, _trim]) statement.Dispose();
    }
}
