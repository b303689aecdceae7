using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FleetMonitor.Storage;

/// <summary>The tables, and the checks at the door.</summary>
/// <remarks>
/// <para>
/// <c>log</c> is ordered by arrival, with an index by model: appends of any number of models fill the same few pages at its end. Clustered by model instead,
/// every model of a transaction dirties a page of its own: 31 k against 289 k records/s at 5,000 models. The index stays small since the log is kept short.
/// </para>
/// <para>
/// <c>trims</c> holds what is given up but not yet freed: log up to a sequence, behind a checkpoint or of a deleted model. It is written in the transaction
/// that gives it up, so a crash in between loses nothing and leaks nothing.
/// </para>
/// <para>
/// <c>models.retired</c> is written with the record that retires the model or brings it back; the state in <c>summaries</c> is what the list shows.
/// </para>
/// <para>
/// <c>secure_delete</c> is on, unless told otherwise: rows hold what models were asked, and go when they are given up. <c>auto_vacuum</c> is off:
/// freed pages are reused by the next appends, and the file keeps the size of its busiest hour. Moving pages in order to shrink it would
/// cost every commit; whoever wants the space back runs <c>VACUUM</c> with the silo stopped.
/// </para>
/// <para>
/// No <c>quick_check</c> of the whole file at open: it reads everything, 0.5 s a GB from memory and many times that from a cold disk, and does not look inside
/// bodies. Checked are the small tables, without which nothing works; log and checkpoints carry checksums, which are compared whenever they are read.
/// </para>
/// </remarks>
internal static class SqliteSchema
{
    /// <summary>How long a statement waits for another connection.</summary>
    public const int BusyMilliseconds = 5_000;

    private const int ApplicationId = 0x464C4D4E; // "FLMN", in the file's header: `file fleet.db` shows it.

    // The first makes the tables of version 1, each other one those of the next from the last.
    private static readonly string[] Upgrades =
    [
        """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        INSERT INTO meta VALUES ('epoch', 0);
        CREATE TABLE models (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL, registered INTEGER NOT NULL);
        CREATE TABLE summaries (model_id INTEGER PRIMARY KEY, version TEXT, task TEXT, team TEXT, family TEXT, tier TEXT, state TEXT, trouble REAL, drifted INTEGER,
            features_drifted INTEGER, accuracy REAL, confidence REAL, drift_score REAL, predictions INTEGER, last_prediction INTEGER, updated INTEGER);
        CREATE TABLE checkpoints (model_id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, checksum INTEGER NOT NULL, state BLOB NOT NULL);
        CREATE TABLE log (id INTEGER PRIMARY KEY, model_id INTEGER NOT NULL, sequence INTEGER NOT NULL, records INTEGER NOT NULL, checksum INTEGER NOT NULL,
            body BLOB NOT NULL);
        CREATE UNIQUE INDEX log_by_model ON log (model_id, sequence);
        CREATE TABLE trims (model_id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);
        """,
        """
        ALTER TABLE models ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
        UPDATE models SET retired = 1 WHERE id IN (SELECT model_id FROM summaries WHERE state = 'retired');
        """,
    ];

    private static int Version => Upgrades.Length;

    /// <summary>The writer's connection, on a file that is ours, whole as far as can be said quickly, and writable.</summary>
    /// <exception cref="StoreOpenException">With the path and the cause.</exception>
    /// <exception cref="SqliteException">SQLite's own refusal; the caller names the path.</exception>
    public static SqliteConnection OpenWriter(string path, SqliteStoreOptions options)
    {
        var connection = new SqliteConnection(ConnectionString(path, SqliteOpenMode.ReadWriteCreate));
        try
        {
            connection.Open();
            CheckOwner(connection, path);
            // Extra checks of each page read; F_FULLFSYNC is what a flush means on macOS; checkpoints are WriteAheadLog's.
            connection.Execute($"""
                PRAGMA cell_size_check = ON;
                PRAGMA synchronous = {(options.Durability == Durability.Power ? "FULL" : "NORMAL")};
                PRAGMA fullfsync = {(options.Durability == Durability.Power ? "ON" : "OFF")};
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA journal_size_limit = {options.MaxWriteAheadBytes};
                PRAGMA secure_delete = {(options.Erase ? "ON" : "OFF")};
                PRAGMA cache_size = -16384;
                PRAGMA temp_store = MEMORY;
                """);
            _ = raw.sqlite3_busy_timeout(connection.Handle, BusyMilliseconds); // For prepared statements, which have no ADO.NET around them.
            if (raw.sqlite3_db_readonly(connection.Handle, "main") == 1) throw Refusal(path, "the file is read-only for this process");
            CreateOrUpgrade(connection);
            if (connection.Scalar<string>("PRAGMA journal_mode = WAL") is var mode && mode != "wal")
            {
                throw Refusal(path, $"its file system does not support SQLite's write-ahead log (journal mode stays '{mode}')");
            }
            foreach (var table in (string[])["meta", "models", "summaries", "trims"])
            {
                if (connection.Scalar<string>($"PRAGMA quick_check({table})") is var verdict && verdict != "ok")
                {
                    throw Refusal(path, $"the database is corrupt (table {table}: {verdict})");
                }
            }
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static SqliteConnection OpenReader(string path)
    {
        var connection = new SqliteConnection(ConnectionString(path, SqliteOpenMode.ReadWrite));
        connection.Open();
        connection.Execute("PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA cache_size = -4096");
        return connection;
    }

    /// <summary>A connection that only works the write-ahead log into the database.</summary>
    public static SqliteConnection OpenCheckpointer(string path, SqliteStoreOptions options)
    {
        var connection = new SqliteConnection(ConnectionString(path, SqliteOpenMode.ReadWrite));
        connection.Open();
        connection.Execute($"PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {options.MaxWriteAheadBytes}; PRAGMA synchronous = NORMAL");
        return connection;
    }

    // Before anything is written: a mistyped path must not change somebody else's file.
    private static void CheckOwner(SqliteConnection connection, string path)
    {
        var application = connection.Scalar<long>("PRAGMA application_id");
        var tables = connection.Scalar<long>("SELECT count(*) FROM sqlite_schema");
        if (application != ApplicationId && (application != 0 || tables != 0)) throw Refusal(path, "it is a SQLite database of another program");
        var version = connection.Scalar<long>("PRAGMA user_version");
        if (version > Version) throw Refusal(path, $"a newer FleetMonitor wrote it (schema {version}, this one knows {Version})");
    }

    private static void CreateOrUpgrade(SqliteConnection connection)
    {
        connection.Execute("BEGIN IMMEDIATE");
        var version = connection.Scalar<long>("PRAGMA user_version");
        for (var step = version; step < Version; step++) connection.Execute(Upgrades[step]);
        if (version < Version) connection.Execute($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
        connection.Execute("COMMIT");
    }

    private static string ConnectionString(string path, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 5 }.ToString();

    public static StoreOpenException Refusal(string path, string cause, Exception? inner = null) => new($"The database '{path}' cannot be opened: {cause}.", inner);
}

internal static class SqliteConnectionExtensions
{
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static T? Scalar<T>(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (T?)command.ExecuteScalar();
    }
}
