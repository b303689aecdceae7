using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>Models and summaries as the writer sees them.</summary>
internal static class PostgresModels
{
    // Three statements, each of which sees what the one before it waited for. The epoch is taken with the model's row in hand, so of two leases of a name the
    // newer has the higher.
    private const string RegisterSql = """
        INSERT INTO models (name, epoch, registered) SELECT n.name, 0, n.registered FROM unnest($1, $2) n(name, registered)
        WHERE NOT EXISTS (SELECT FROM models m WHERE m.name = n.name) ORDER BY n.name ON CONFLICT (name) DO NOTHING
        """;

    private const string AnnounceSql = """
        UPDATE meta SET value = value + 1 WHERE key = 'registry' AND EXISTS (SELECT FROM models WHERE name = ANY($1) AND epoch = 0)
        """;

    private const string OpenSql = """
        WITH opened AS (UPDATE models SET epoch = nextval('epochs') WHERE name = ANY($1) RETURNING id, name, epoch, last_sequence),
        based AS (INSERT INTO leases (model_id, epoch, base) SELECT id, epoch, last_sequence FROM opened)
        SELECT name AS opened, id, epoch, last_sequence FROM opened
        """;

    private const string DeleteSql = """
        WITH gone AS (DELETE FROM models WHERE id = $1 AND epoch = $2 RETURNING id),
        announced AS (UPDATE meta SET value = value + 1 WHERE key = 'registry' AND EXISTS (SELECT FROM gone)),
        marked AS (INSERT INTO meta SELECT 'erase', value FROM meta WHERE key = 'slice' AND EXISTS (SELECT FROM gone)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value)
        SELECT EXISTS (SELECT FROM gone)
        """;

    private const string DeleteCheckpointSql = "DELETE FROM checkpoints WHERE model_id = $1 AND NOT EXISTS (SELECT FROM models WHERE id = $1)";

    private const string PublishSql = """
        INSERT INTO summaries (model_id, version, task, team, family, tier, state, trouble, drifted, features_drifted, accuracy, confidence, drift_score,
            predictions, last_prediction, updated)
        SELECT s.model_id, s.version, s.task, s.team, s.family, s.tier, s.state, s.trouble, s.drifted, s.features_drifted, s.accuracy, s.confidence,
            s.drift_score, s.predictions, s.last_prediction, s.updated
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) s(model_id, epoch, version, task, team, family, tier, state,
            trouble, drifted, features_drifted, accuracy, confidence, drift_score, predictions, last_prediction, updated)
        JOIN models m ON m.id = s.model_id AND m.epoch = s.epoch ORDER BY s.model_id
        ON CONFLICT (model_id) DO UPDATE SET (version, task, team, family, tier, state, trouble, drifted, features_drifted, accuracy, confidence, drift_score,
            predictions, last_prediction, updated) = ROW (excluded.version, excluded.task, excluded.team, excluded.family, excluded.tier, excluded.state,
            excluded.trouble, excluded.drifted, excluded.features_drifted, excluded.accuracy, excluded.confidence, excluded.drift_score, excluded.predictions,
            excluded.last_prediction, excluded.updated)
        """;

    private const string FencedSql = """
        SELECT s.model_id, s.epoch FROM unnest($1, $2) s(model_id, epoch) LEFT JOIN models m ON m.id = s.model_id WHERE m.epoch IS DISTINCT FROM s.epoch
        """;

    /// <summary>The commands that open all of those models, each of another name; the result of the last one goes to <see cref="ReadOpened"/>.</summary>
    public static void AddOpen(NpgsqlBatch batch, IReadOnlyCollection<OpenRequest> requests)
    {
        string[] names = [.. requests.Select(request => request.Name)];
        DateTimeOffset[] times = [.. requests.Select(request => request.Now.ToUniversalTime())];
        batch.BatchCommands.Add(new NpgsqlBatchCommand(RegisterSql) { Parameters = { Of(names), Of(times) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(AnnounceSql) { Parameters = { Of(names) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(OpenSql) { Parameters = { Of(names) } });
    }

    /// <summary>What was opened, by name. A name may be missing, where the model was deleted in the same instant.</summary>
    public static Dictionary<string, (long ModelId, long Epoch, long Last)> ReadOpened(NpgsqlDataReader row)
    {
        var opened = new Dictionary<string, (long ModelId, long Epoch, long Last)>(StringComparer.Ordinal);
        while (row.Read()) opened[row.GetString(0)] = (row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
        return opened;
    }

    /// <returns>Whether the model was the lease's, and is gone.</returns>
    public static bool Delete(NpgsqlConnection connection, ModelLease lease)
    {
        using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(DeleteSql) { Parameters = { Of(lease.ModelId), Of(lease.Epoch) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(DeleteCheckpointSql) { Parameters = { Of(lease.ModelId) } });
        return (bool)batch.ExecuteScalar()!;
    }

    /// <summary>Writes the summaries, save those whose leases are fenced.</summary>
    /// <returns>Model and epoch of these.</returns>
    public static List<(long ModelId, long Epoch)> Publish(NpgsqlConnection connection, List<(ModelLease Lease, ModelSummary Summary)> some)
    {
        var (models, epochs) = (Each(s => s.Lease.ModelId), Each(s => s.Lease.Epoch));
        using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(PublishSql)
        {
            Parameters =
            {
                Of(models), Of(epochs), Text(s => s.Version), Text(s => s.Task), Text(s => s.Team), Text(s => s.Family), Text(s => s.Tier), Text(s => s.State),
                Of(Each(s => s.Summary.Trouble)), Of(Each(s => s.Summary.Drifted)), Of(Each(s => s.Summary.FeaturesDrifted)), Of(Each(s => s.Summary.Accuracy)),
                Of(Each(s => s.Summary.Confidence)), Of(Each(s => s.Summary.DriftScore)), Of(Each(s => s.Summary.Predictions)),
                Of(Each(s => s.Summary.LastPrediction?.ToUniversalTime())), Of(Each(s => s.Summary.Updated.ToUniversalTime())),
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(FencedSql) { Parameters = { Of(models), Of(epochs) } });
        var fenced = new List<(long ModelId, long Epoch)>();
        using var row = batch.ExecuteReader();
        while (row.Read()) fenced.Add((row.GetInt64(0), row.GetInt64(1)));
        return fenced;

        T[] Each<T>(Func<(ModelLease Lease, ModelSummary Summary), T> value) => [.. some.Select(value)];
        NpgsqlParameter Text(Func<ModelSummary, string?> text) => Of(Each(s => PostgresText.Storable(text(s.Summary))));
    }

    public static NpgsqlParameter Of<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };
}
