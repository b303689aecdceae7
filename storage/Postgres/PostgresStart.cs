using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>The start: waits for the server, then for the tables.</summary>
internal static class PostgresStart
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <exception cref="StoreOpenException">With the database and the cause.</exception>
    public static void Prepare(PostgresDatabase database, PostgresStoreOptions options, ILogger logger)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var connection = database.Open();
                PostgresSchema.CreateOrUpgrade(connection, options.Schema, database.Name);
                if (connection.Scalar<string>("SHOW fsync") == "off") logger.PostgresWithoutFsync(database.Name);
                return;
            }
            catch (NpgsqlException e) when (PassesByItself(e) && Stopwatch.GetElapsedTime(started) < options.StartTimeout)
            {
                logger.PostgresAwaited(database.Name, e.Cause());
                database.Reset();
                using var never = new ManualResetEventSlim();
                never.Wait(Pause);
            }
            catch (NpgsqlException e)
            {
                throw PostgresSchema.Refusal(database.Name, e.Cause(), e);
            }
        }
    }

    // The last: another silo takes long with the tables.
    private static bool PassesByItself(NpgsqlException e) => e.IsAbsence() || e.IsConflict() || e.SqlState == PostgresErrorCodes.QueryCanceled;
}
