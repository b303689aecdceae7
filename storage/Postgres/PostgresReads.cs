using System.Globalization;
using System.Text;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>Everything that is asked of the database. Each question is one statement, and so one snapshot.</summary>
internal static class PostgresReads
{
    private const string LeaseSql = """
        SELECT c.sequence, c.checksum, c.state FROM models m LEFT JOIN checkpoints c ON c.id = m.checkpoint_id WHERE m.id = $1 AND m.epoch = $2
        """;

    private const string RegisteredSql = """
        SELECT (SELECT value FROM meta WHERE key = 'registry'), NULL::text COLLATE "C" AS name
        UNION ALL SELECT NULL, name FROM models WHERE NOT retired ORDER BY 2 NULLS FIRST
        """;

    private const string SummaryColumns = """
        s.version, s.task, s.team, s.family, s.tier, s.state, s.trouble, s.drifted, s.features_drifted, s.accuracy, s.confidence, s.drift_score, s.predictions,
        s.last_prediction, s.updated
        """;

    public static async Task<bool> ModelExistsAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM models WHERE name = $1)", connection) { Parameters = { PostgresModels.Of(name) } };
        await using (command.ConfigureAwait(false)) return (bool)(await command.ExecuteScalarAsync(ct).ConfigureAwait(false))!;
    }

    /// <summary>The lease with its newest checkpoint, read from the same snapshot as its epoch.</summary>
    public static async Task<ModelLease> LeaseAsync(NpgsqlConnection connection, string name, long modelId, long epoch, CancellationToken ct)
    {
        var lease = new ModelLease(name, modelId, epoch, 0, null);
        var command = new NpgsqlCommand(LeaseSql, connection) { Parameters = { PostgresModels.Of(modelId), PostgresModels.Of(epoch) } };
        await using (command.ConfigureAwait(false))
        {
            var row = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(ct).ConfigureAwait(false)) throw FencedException.For(lease);
                if (row.IsDBNull(0)) return lease;
                var sequence = row.GetInt64(0);
                var state = row.GetFieldValue<byte[]>(2);
                if (LogSegment.Checksum(modelId, sequence, state) != row.GetInt64(1))
                {
                    throw new StoreCorruptException($"The checkpoint of model '{name}' at sequence {sequence} is damaged: it does not match its checksum.");
                }
                return lease with { CheckpointSequence = sequence, Checkpoint = state };
            }
        }
    }

    /// <summary>A number that changes with the list of registered models.</summary>
    public static async Task<long> RegistryVersionAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var command = new NpgsqlCommand("SELECT value FROM meta WHERE key = 'registry'", connection);
        await using (command.ConfigureAwait(false)) return (long)(await command.ExecuteScalarAsync(ct).ConfigureAwait(false))!;
    }

    /// <summary>All models that are neither deleted nor retired, in order of name, and the version of that list.</summary>
    public static async Task<Registered> RegisteredModelsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var command = new NpgsqlCommand(RegisteredSql, connection);
        await using (command.ConfigureAwait(false))
        {
            var row = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(ct).ConfigureAwait(false);
                var version = row.GetInt64(0);
                var names = new List<string>();
                while (await row.ReadAsync(ct).ConfigureAwait(false)) names.Add(row.GetString(1));
                return new Registered(version, names);
            }
        }
    }

    public static async Task<ModelPage> ModelsAsync(NpgsqlConnection connection, ModelQuery query, CancellationToken ct)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            var where = new StringBuilder("FROM models m LEFT JOIN summaries s ON s.model_id = m.id WHERE true");
            Filter("s.team = ", query.Team);
            Filter("s.family = ", query.Family);
            Filter("s.tier = ", query.Tier);
            Filter("s.task = ", query.Task);
            Filter("s.state = ", query.State);
            if (query.Names is { } names)
            {
                var patterns = names.Select(name => PostgresText.Storable(name).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal)
                    .Replace("_", @"\_", StringComparison.Ordinal).Replace('*', '%')).ToArray();
                where.Append(" AND m.name LIKE ANY (").Append(Parameter(patterns)).Append(')');
            }
            // In the collation "C" only ASCII has upper and lower case.
            if (!string.IsNullOrEmpty(query.Search))
            {
                var part = Parameter(PostgresText.Storable(query.Search));
                where.Append(CultureInfo.InvariantCulture, $""" AND strpos(lower(m.name), lower({part} COLLATE "C")) > 0""");
            }
            // The total comes with every row of the page, and with a row of its own where the page is empty.
            var (limit, offset) = (Parameter((long)query.PageSize), Parameter((query.Page - 1L) * query.PageSize));
#pragma warning disable CA2100 // Texts of our own; what was asked goes in parameters.
            command.CommandText = $"""
                SELECT t.total, p.* FROM (SELECT count(*) AS total {where}) t LEFT JOIN LATERAL
                (SELECT m.name, m.registered, {SummaryColumns} {where} ORDER BY {Order(query)} LIMIT {limit} OFFSET {offset}) p ON true
                """;
#pragma warning restore CA2100
            var row = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                long total = 0;
                var models = new List<ModelRow>();
                while (await row.ReadAsync(ct).ConfigureAwait(false))
                {
                    total = row.GetInt64(0);
                    if (!row.IsDBNull(1)) models.Add(new ModelRow(row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), Summary(row, 3)));
                }
                return new ModelPage(models, total, query.Page, query.PageSize);
            }

            void Filter(string condition, string? value)
            {
                if (!string.IsNullOrEmpty(value)) where.Append(" AND ").Append(condition).Append(Parameter(PostgresText.Storable(value)));
            }

            string Parameter<T>(T value)
            {
                command.Parameters.Add(PostgresModels.Of(value));
                return string.Create(CultureInfo.InvariantCulture, $"${command.Parameters.Count}");
            }
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

    private static ModelSummary? Summary(NpgsqlDataReader row, int at)
    {
        if (row.IsDBNull(at)) return null;
        return new ModelSummary(row.GetString(at), row.GetString(at + 1), row.GetString(at + 2), row.GetString(at + 3), row.GetString(at + 4),
            row.GetString(at + 5), row.GetDouble(at + 6), row.GetBoolean(at + 7), row.GetInt32(at + 8), Number(9), Number(10), Number(11),
            row.GetInt64(at + 12),
            row.IsDBNull(at + 13) ? null : row.GetFieldValue<DateTimeOffset>(at + 13), row.GetFieldValue<DateTimeOffset>(at + 14));

        double? Number(int column) => row.IsDBNull(at + column) ? null : row.GetDouble(at + column);
    }
}

/// <summary>The registered models, and which version of that list it is.</summary>
internal sealed record Registered(long Version, List<string> Names);
