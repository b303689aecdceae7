using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;

namespace FleetMonitor.Storage;

/// <summary>Everything that is asked of the database, on a reader's connection. Each question is one statement, and so one snapshot.</summary>
internal static class SqliteReads
{
    /// <summary>A chunk of replay ends with the row that reaches it.</summary>
    private const int ChunkBytes = 1 << 20;

    private const int NamesPerChunk = 1000;

    private const string SummaryColumns = """
        s.version, s.task, s.team, s.family, s.tier, s.state, s.trouble, s.drifted, s.features_drifted, s.accuracy, s.confidence, s.drift_score, s.predictions,
        s.last_prediction, s.updated
        """;

    public static bool ModelExists(SqliteConnection connection, string name)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM models WHERE name = $name";
        command.Parameters.AddWithValue("$name", name);
        return command.ExecuteScalar() is not null;
    }

    /// <summary>The lease with its newest checkpoint, read from the same snapshot as its epoch.</summary>
    public static ModelLease Lease(SqliteConnection connection, string name, long modelId, long epoch)
    {
        var lease = new ModelLease(name, modelId, epoch, 0, null);
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT c.sequence, c.checksum, c.state FROM models m LEFT JOIN checkpoints c ON c.model_id = m.id WHERE m.id = $model AND m.epoch = $epoch
            """;
        command.Parameters.AddWithValue("$model", modelId);
        command.Parameters.AddWithValue("$epoch", epoch);
        using var row = command.ExecuteReader();
        if (!row.Read()) throw FencedException.For(lease);
        if (row.IsDBNull(0)) return lease;
        var sequence = row.GetInt64(0);
        var state = row.GetFieldValue<byte[]>(2);
        if (LogSegment.Checksum(modelId, sequence, state) != row.GetInt64(1))
        {
            throw new StoreCorruptException($"The checkpoint of model '{name}' at sequence {sequence} is damaged: it does not match its checksum.");
        }
        return lease with { CheckpointSequence = sequence, Checkpoint = state };
    }

    /// <summary>The next records behind <paramref name="after"/>; empty at the end of the log.</summary>
    public static List<LogRecord> Log(SqliteConnection connection, ModelLease lease, long after)
    {
        var records = new List<LogRecord>();
        using var command = connection.CreateCommand();
        // Without a matching epoch there is no row at all; with one there is at least one, if only of NULLs.
        command.CommandText = """
            SELECT l.sequence, l.records, l.checksum, l.body FROM models m LEFT JOIN log l ON l.model_id = m.id AND l.sequence > $after
            WHERE m.id = $model AND m.epoch = $epoch ORDER BY l.sequence
            """;
        command.Parameters.AddWithValue("$model", lease.ModelId);
        command.Parameters.AddWithValue("$epoch", lease.Epoch);
        command.Parameters.AddWithValue("$after", after);
        using var row = command.ExecuteReader();
        if (!row.Read()) throw FencedException.For(lease);
        if (row.IsDBNull(0)) return records;
        var expected = after;
        long bytes = 0;
        do
        {
            var body = row.GetFieldValue<byte[]>(3);
            var (last, count) = (row.GetInt64(0), row.GetInt32(1));
            // The first row may begin at or before the sequence asked for; every other one continues where the last ended.
            if (last - count > expected || (expected != after && last - count != expected))
            {
                throw new StoreCorruptException(
                    $"The log of model '{lease.Name}' goes from sequence {expected} to {last - count + 1}: what lies between is missing.");
            }
            LogSegment.Read(lease, last, count, row.GetInt64(2), body, records);
            expected = last;
            bytes += body.Length;
        }
        while (bytes < ChunkBytes && row.Read());
        records.RemoveAll(record => record.Sequence <= after);
        return records;
    }

    public static List<string> RegisteredModels(SqliteConnection connection, string after)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM models WHERE name > $after AND NOT retired ORDER BY name LIMIT $limit";
        command.Parameters.AddWithValue("$after", after);
        command.Parameters.AddWithValue("$limit", NamesPerChunk);
        using var row = command.ExecuteReader();
        var names = new List<string>();
        while (row.Read()) names.Add(row.GetString(0));
        return names;
    }

    public static ModelPage Models(SqliteConnection connection, ModelQuery query)
    {
        using var command = connection.CreateCommand();
        var where = new StringBuilder("FROM models m LEFT JOIN summaries s ON s.model_id = m.id WHERE 1");
        Filter("team", query.Team);
        Filter("family", query.Family);
        Filter("tier", query.Tier);
        Filter("task", query.Task);
        Filter("state", query.State);
        if (query.Names is { } names)
        {
            where.Append(" AND (0");
            for (var i = 0; i < names.Count; i++)
            {
                where.Append(CultureInfo.InvariantCulture, $" OR m.name GLOB $name{i}");
                // Of what GLOB gives a meaning, only * is meant.
                command.Parameters.AddWithValue($"$name{i}", names[i].Replace("[", "[[]", StringComparison.Ordinal).Replace("?", "[?]", StringComparison.Ordinal));
            }
            where.Append(')');
        }
        if (!string.IsNullOrEmpty(query.Search))
        {
            where.Append(@" AND m.name LIKE $search ESCAPE '\'");
            var literal = new StringBuilder(query.Search).Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_");
            command.Parameters.AddWithValue("$search", $"%{literal}%");
        }

        // One transaction, so that the total and the page agree.
        using var snapshot = connection.BeginTransaction(deferred: true);
        command.Transaction = snapshot;
        command.CommandText = $"SELECT count(*) {where}";
        var total = (long)command.ExecuteScalar()!;
        command.CommandText = $"SELECT m.name, m.registered, {SummaryColumns} {where} ORDER BY {Order(query)} LIMIT $limit OFFSET $offset";
        command.Parameters.AddWithValue("$limit", query.PageSize);
        command.Parameters.AddWithValue("$offset", (query.Page - 1L) * query.PageSize);
        using var row = command.ExecuteReader();
        var models = new List<ModelRow>();
        while (row.Read()) models.Add(new ModelRow(row.GetString(0), SqliteTime.FromMicroseconds(row.GetInt64(1)), Summary(row, 2)));
        return new ModelPage(models, total, query.Page, query.PageSize);

        void Filter(string column, string? value)
        {
            if (string.IsNullOrEmpty(value)) return;
            where.Append(" AND s.").Append(column).Append(" = $").Append(column);
            command.Parameters.AddWithValue("$" + column, value);
        }
    }

    private static string Order(ModelQuery query)
    {
        var (column, descending) = query.Sort switch
        {
            ModelSort.Name => ("m.name", false),
            ModelSort.LastPrediction => ("s.last_prediction", true),
            ModelSort.Predictions => ("s.predictions", true),
            _ => ("s.trouble", true),
        };
        return $"{column} {(descending != query.Reverse ? "DESC" : "ASC")} NULLS LAST, m.name";
    }

    private static ModelSummary? Summary(SqliteDataReader row, int at)
    {
        if (row.IsDBNull(at + 14)) return null; // `updated` is in every summary.
        return new ModelSummary(Text(0), Text(1), Text(2), Text(3), Text(4), Text(5), row.GetDouble(at + 6), row.GetBoolean(at + 7), row.GetInt32(at + 8),
            Number(9), Number(10), Number(11), row.GetInt64(at + 12), row.IsDBNull(at + 13) ? null : SqliteTime.FromMicroseconds(row.GetInt64(at + 13)),
            SqliteTime.FromMicroseconds(row.GetInt64(at + 14)));

        string Text(int column) => row.IsDBNull(at + column) ? "" : row.GetString(at + column);
        double? Number(int column) => row.IsDBNull(at + column) ? null : row.GetDouble(at + column);
    }
}
