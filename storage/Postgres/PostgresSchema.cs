using System.IO.Hashing;
using System.Text;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>The tables, made by whoever comes first, and the checks at the door.</summary>
/// <remarks>
/// <para>
/// <c>models</c> is the store's heart: <c>epoch</c> says who may write, <c>last_sequence</c> where the log ends. An append changes the row that it asks,
/// so of two writers one waits for the other's end; neither column is indexed, and pages are half empty, so that the change stays on its page (a HOT
/// update). <c>retired</c> is written by the append that retires the model or brings it back.
/// </para>
/// <para>
/// <c>log</c> is partitioned by <c>slice</c>, a counter that is moved on when the partition of the current slice is full: see
/// <see cref="PostgresPartitions"/>. A row holds a part of a segment (<see cref="LogSegment"/>), at most <see cref="PartBytes"/>: a row of up to a page
/// stays in its table. PostgreSQL's own way with larger values, TOAST, cuts them into quarters of that and indexes each: 60 against 138 MB a CPU-second,
/// server and client together. Its index is not unique: <c>last_sequence</c> is what keeps sequences unique.
/// </para>
/// <para>
/// <c>checkpoints</c> holds one row a model, named by <c>models.checkpoint_id</c>; a new one is written beside the old one, so that the model's row is
/// locked for an instant only. Bodies are never compressed: they are packed already. <c>leases</c> says at which sequence an epoch began, for as long as
/// someone may be in doubt about the epoch before.
/// </para>
/// <para><c>meta</c>: the schema's version; the current slice; a counter that moves with the list of registered models.</para>
/// </remarks>
internal static class PostgresSchema
{
    public const int Version = 1;

    /// <summary>Bytes of a segment in one row. With header (24 bytes) and the other columns (44) a row fills a page of 8 KiB.</summary>
    public const int PartBytes = 8064;

    private static readonly string[] Upgrades =
    [
        $"""
        CREATE TABLE meta (key text PRIMARY KEY, value bigint NOT NULL) WITH (fillfactor = 50);
        INSERT INTO meta VALUES ('schema', 0), ('slice', 1), ('registry', 0);
        CREATE SEQUENCE epochs;
        CREATE TABLE models (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE, epoch bigint NOT NULL,
            last_sequence bigint NOT NULL DEFAULT 0, checkpoint_sequence bigint NOT NULL DEFAULT 0, checkpoint_id bigint, registered timestamptz NOT NULL,
            retired boolean NOT NULL DEFAULT false) WITH (fillfactor = 50);
        CREATE TABLE leases (model_id bigint NOT NULL REFERENCES models ON DELETE CASCADE, epoch bigint NOT NULL, base bigint NOT NULL,
            opened timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (model_id, epoch));
        CREATE TABLE summaries (model_id bigint PRIMARY KEY REFERENCES models ON DELETE CASCADE, version text NOT NULL, task text NOT NULL, team text NOT NULL,
            family text NOT NULL, tier text NOT NULL, state text NOT NULL, trouble double precision NOT NULL, drifted boolean NOT NULL,
            features_drifted int NOT NULL, accuracy double precision, confidence double precision, drift_score double precision, predictions bigint NOT NULL,
            last_prediction timestamptz, updated timestamptz NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE checkpoints (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, model_id bigint NOT NULL, sequence bigint NOT NULL,
            checksum bigint NOT NULL, state bytea NOT NULL);
        ALTER TABLE checkpoints ALTER state SET STORAGE EXTERNAL;
        CREATE INDEX ON checkpoints (model_id);
        CREATE TABLE log (slice bigint NOT NULL, model_id bigint NOT NULL, sequence bigint NOT NULL, checksum bigint NOT NULL, records int NOT NULL,
            size int NOT NULL, part int NOT NULL, body bytea NOT NULL) PARTITION BY RANGE (slice);
        ALTER TABLE log ALTER body SET STORAGE EXTERNAL;
        CREATE INDEX ON log (model_id, sequence, part);
        CREATE TABLE slices (slice bigint PRIMARY KEY, counted boolean NOT NULL DEFAULT false);
        CREATE TABLE slice_models (slice bigint NOT NULL REFERENCES slices ON DELETE CASCADE, model_id bigint NOT NULL, last_sequence bigint NOT NULL,
            bytes bigint NOT NULL, PRIMARY KEY (slice, model_id));
        CREATE TABLE probes (body bytea NOT NULL);
        ALTER TABLE probes ALTER body SET STORAGE EXTERNAL;
        {PostgresPartitions.Create(1)}
        """,
    ];

    /// <summary>The lock of that purpose in that schema: advisory locks are the whole database's.</summary>
    public static long LockKey(string schema, string purpose) =>
        unchecked((long)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"fleetmonitor/{schema}/{purpose}")));

    /// <summary>Creates or upgrades the tables, one silo at a time; the others wait for it and find them there.</summary>
    /// <exception cref="StoreOpenException">Newer, or another program's.</exception>
    public static void CreateOrUpgrade(NpgsqlConnection connection, string schema, string where)
    {
        using var transaction = connection.BeginTransaction();
        connection.Execute($"SELECT pg_advisory_xact_lock({LockKey(schema, "schema")})");
        var exists = connection.Scalar<bool>($"SELECT to_regnamespace('{schema}') IS NOT NULL");
        var ours = exists && connection.Scalar<bool>($"SELECT to_regclass('{schema}.meta') IS NOT NULL AND to_regclass('{schema}.slices') IS NOT NULL");
        var tables = $"SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('{schema}') AND relkind IN ('r', 'p', 'v'))";
        if (exists && !ours && connection.Scalar<bool>(tables))
        {
            throw Refusal(where, $"its schema '{schema}' holds tables of another program");
        }
        var version = ours ? connection.Scalar<long>("SELECT value FROM meta WHERE key = 'schema'") : 0;
        if (version > Version) throw Refusal(where, $"a newer FleetMonitor wrote it (schema {version}, this one knows {Version})");
        if (version < Version)
        {
            if (!exists) connection.Execute($"CREATE SCHEMA {schema}");
            for (var step = version; step < Version; step++) connection.Execute(Upgrades[step]);
            connection.Execute($"UPDATE meta SET value = {Version} WHERE key = 'schema'");
        }
        transaction.Commit();
    }

    public static StoreOpenException Refusal(string where, string cause, Exception? inner = null) => new($"{where} cannot be opened: {cause}.", inner);
}

internal static class NpgsqlConnectionExtensions
{
#pragma warning disable CA2100 // Statements of our own; the only names in them are a schema's, checked by its options, and numbers.
    public static int Execute(this NpgsqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    public static T Scalar<T>(this NpgsqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)command.ExecuteScalar()!;
    }

    /// <param name="timeout">Seconds, where it is to have others than the connection gives.</param>
    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, string sql, int? timeout = null)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            if (timeout is { } seconds) command.CommandTimeout = seconds;
            return await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
    }

    public static async Task<T> ScalarAsync<T>(this NpgsqlConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            return (T)(await command.ExecuteScalarAsync().ConfigureAwait(false))!;
        }
    }
#pragma warning restore CA2100
}
