using Microsoft.Data.Sqlite;

namespace FleetMonitor.Storage;

/// <summary>Models, checkpoints and summaries as the writer sees them. All members run inside the writer's transaction.</summary>
internal sealed class SqliteModels(SqliteConnection connection, SqliteLog log) : IDisposable
{
    private readonly SqliteStatement _nextEpoch = new(connection, "UPDATE meta SET value = value + 1 WHERE key = 'epoch' RETURNING value");

    private readonly SqliteStatement _open = new(connection, """
        INSERT INTO models (name, epoch, registered) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch RETURNING id
        """);

    private readonly SqliteStatement _owns = new(connection, "SELECT 1 FROM models WHERE id = ?1 AND epoch = ?2");
    private readonly SqliteStatement _checkpointSequence = new(connection, "SELECT sequence FROM checkpoints WHERE model_id = ?1");

    private readonly SqliteStatement _saveCheckpoint = new(connection, """
        INSERT INTO checkpoints (model_id, sequence, checksum, state) SELECT ?1, ?2, ?3, ?4 FROM models WHERE id = ?1 AND epoch = ?5
        ON CONFLICT (model_id) DO UPDATE SET sequence = excluded.sequence, checksum = excluded.checksum, state = excluded.state
        """);

    private readonly SqliteStatement _giveUp = new(connection, """
        INSERT INTO trims (model_id, sequence) VALUES (?1, ?2) ON CONFLICT (model_id) DO UPDATE SET sequence = excluded.sequence
        """);

    private readonly SqliteStatement _delete = new(connection, "DELETE FROM models WHERE id = ?1 AND epoch = ?2");
    private readonly SqliteStatement _deleteSummary = new(connection, "DELETE FROM summaries WHERE model_id = ?1");
    private readonly SqliteStatement _deleteCheckpoint = new(connection, "DELETE FROM checkpoints WHERE model_id = ?1");

    private readonly SqliteStatement _publish = new(connection, """
        INSERT OR REPLACE INTO summaries (model_id, version, task, team, family, tier, state, trouble, drifted, features_drifted, accuracy, confidence, drift_score,
            predictions, last_prediction, updated)
        SELECT ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17 FROM models WHERE id = ?1 AND epoch = ?2
        """);

    public (long ModelId, long Epoch) Open(string name, DateTimeOffset now)
    {
        Span<long> value = stackalloc long[1];
        _nextEpoch.TryRead(value);
        var epoch = value[0];
        _open.Bind(1, name).Bind(2, epoch).Bind(3, SqliteTime.ToMicroseconds(now)).TryRead(value);
        return (value[0], epoch);
    }

    public void SaveCheckpoint(ModelLease lease, long sequence, ReadOnlySpan<byte> state)
    {
        Span<long> saved = stackalloc long[1];
        if (!_owns.Bind(1, lease.ModelId).Bind(2, lease.Epoch).TryRead(saved)) throw FencedException.For(lease);
        saved[0] = 0;
        _checkpointSequence.Bind(1, lease.ModelId).TryRead(saved);
        var last = log.LastSequence(lease.ModelId);
        if (sequence < saved[0] || sequence > last)
        {
            throw new ArgumentException($"A checkpoint of model '{lease.Name}' covers sequence {saved[0]} to {last}, not {sequence}.", nameof(sequence));
        }
        var written = _saveCheckpoint.Bind(1, lease.ModelId).Bind(2, sequence).Bind(3, LogSegment.Checksum(lease.ModelId, sequence, state)).Bind(4, state)
            .Bind(5, lease.Epoch).Execute();
        if (written == 0) throw FencedException.For(lease);
        GiveUp(lease.ModelId, sequence);
    }

    public void Delete(ModelLease lease)
    {
        if (_delete.Bind(1, lease.ModelId).Bind(2, lease.Epoch).Execute() == 0) throw FencedException.For(lease);
        _deleteSummary.Bind(1, lease.ModelId).Execute();
        _deleteCheckpoint.Bind(1, lease.ModelId).Execute();
        GiveUp(lease.ModelId, long.MaxValue);
        log.Forget(lease.ModelId);
        log.HasErasures = true;
    }

    /// <summary>Writes the summary, unless its lease is fenced.</summary>
    /// <returns>Whether it was written.</returns>
    public bool Publish(ModelLease lease, ModelSummary summary) =>
        _publish.Bind(1, lease.ModelId).Bind(2, lease.Epoch).Bind(3, summary.Version).Bind(4, summary.Task).Bind(5, summary.Team).Bind(6, summary.Family)
            .Bind(7, summary.Tier).Bind(8, summary.State).Bind(9, summary.Trouble).Bind(10, summary.Drifted ? 1L : 0L).Bind(11, (long)summary.FeaturesDrifted)
            .Bind(12, summary.Accuracy).Bind(13, summary.Confidence).Bind(14, summary.DriftScore).Bind(15, summary.Predictions)
            .Bind(16, summary.LastPrediction is { } time ? SqliteTime.ToMicroseconds(time) : null).Bind(17, SqliteTime.ToMicroseconds(summary.Updated)).Execute() > 0;

    public void Dispose()
    {
        SqliteStatement[] all =
            [_nextEpoch, _open, _owns, _checkpointSequence, _saveCheckpoint, _giveUp, _delete, _deleteSummary, _deleteCheckpoint, _publish];
        foreach (var statement in all) statement.Dispose();
    }

    private void GiveUp(long modelId, long sequence)
    {
        _giveUp.Bind(1, modelId).Bind(2, sequence).Execute();
        log.HasTrims = true;
    }
}
