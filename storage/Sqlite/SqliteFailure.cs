using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FleetMonitor.Storage;

/// <summary>What SQLite's result codes mean for a store.</summary>
internal static class SqliteFailure
{
    /// <summary>As ADO.NET throws it, so that both ways to the database fail alike.</summary>
    public static SqliteException Exception(sqlite3 database, int code)
    {
        var extended = raw.sqlite3_extended_errcode(database);
        return new SqliteException($"SQLite error {extended}: {raw.sqlite3_errmsg(database).utf8_to_string()}", code & 0xff, extended);
    }

    /// <summary>The file is damaged; nothing that the process can do makes it whole.</summary>
    public static bool IsCorruption(this SqliteException e) => e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>A smaller transaction might have gone through.</summary>
    public static bool DependsOnSize(this SqliteException e) => e.SqliteErrorCode is raw.SQLITE_FULL or raw.SQLITE_NOMEM or raw.SQLITE_TOOBIG;

    /// <summary>In words that an operator searches for.</summary>
    public static string Cause(this SqliteException e) => e.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => "disk full",
        raw.SQLITE_CORRUPT => "the database is corrupt",
        raw.SQLITE_NOTADB => "the file is not a database, or its beginning is damaged",
        raw.SQLITE_READONLY => "the file is read-only",
        raw.SQLITE_PERM or raw.SQLITE_AUTH => "no permission",
        raw.SQLITE_IOERR => "I/O error",
        raw.SQLITE_CANTOPEN => "a file cannot be opened",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "locked by another program",
        raw.SQLITE_NOMEM => "out of memory",
        _ => "unexpected error",
    } + $" ({e.Message})";
}
