using System.Net.Sockets;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>What PostgreSQL's errors mean for a store.</summary>
internal static class PostgresFailure
{
    private const string IdleInTransaction = "25P03";

    /// <summary>The server said that it did not do it, and lives on: the transaction was rolled back. Anything else leaves open what became of it.</summary>
    public static bool IsDefinite(this NpgsqlException e) => e is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>Another transaction was in the way; the same may go through at once.</summary>
    public static bool IsConflict(this NpgsqlException e) =>
        e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable;

    /// <summary>A smaller transaction might have gone through.</summary>
    public static bool DependsOnSize(this NpgsqlException e) =>
        e.SqlState is PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory || (e.SqlState?.StartsWith("54", StringComparison.Ordinal) ?? false);

    /// <summary>The server cannot be reached, or not yet: worth waiting for at the start.</summary>
    public static bool IsAbsence(this NpgsqlException e) =>
        e is PostgresException ? e.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections : e.IsTransient;

    /// <summary>In words that an operator searches for.</summary>
    public static string Cause(this NpgsqlException e) => (e.SqlState, e.InnerException) switch
    {
        (PostgresErrorCodes.DiskFull, _) => "disk full",
        (PostgresErrorCodes.OutOfMemory, _) => "the server is out of memory",
        (PostgresErrorCodes.ReadOnlySqlTransaction, _) => "the server is read-only (a standby, or default_transaction_read_only)",
        (PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification, _) => "the server refuses the login",
        (PostgresErrorCodes.InvalidCatalogName, _) => "there is no such database",
        (PostgresErrorCodes.InsufficientPrivilege, _) => "no permission",
        (PostgresErrorCodes.TooManyConnections, _) => "the server has no connection left",
        (PostgresErrorCodes.CannotConnectNow, _) => "the server is starting or ending",
        (PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleInTransaction, _) => "the server ended the connection",
        (PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable, _) => "it took too long: locked by another session, or overloaded",
        (PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName, _) => "the store's tables are missing",
        (PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted, _) => "the database is corrupt",
        (PostgresErrorCodes.IoError, _) => "I/O error of the server",
        (null, TimeoutException) => "the server does not answer",
        (null, SocketException) => "the server cannot be reached",
        (null, IOException) => "the connection was cut",
        (null, _) => "no connection",
        _ => "unexpected error",
    } + $" ({e.Message})";
}
