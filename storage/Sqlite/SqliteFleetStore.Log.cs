using Microsoft.Extensions.Logging;

namespace FleetMonitor.Storage;

internal static partial class SqliteFleetStoreLog
{
    [LoggerMessage(1, LogLevel.Information, "Opened the database '{Path}', durability {Durability}.")]
    public static partial void StoreOpened(this ILogger logger, string path, Durability durability);

    [LoggerMessage(2, LogLevel.Error, "{Reason}")]
    public static partial void StoreUnavailable(this ILogger logger, string reason, Exception? exception);

    [LoggerMessage(3, LogLevel.Warning, "The database '{Path}' takes writes again, after {Outage}.")]
    public static partial void StoreRecovered(this ILogger logger, string path, TimeSpan outage);

    [LoggerMessage(4, LogLevel.Information, "Closed the database '{Path}'.")]
    public static partial void StoreClosed(this ILogger logger, string path);

    [LoggerMessage(5, LogLevel.Error, "Left the database '{Path}' open, since its disk does not answer. What was acknowledged is in its files; the next start finds it there.")]
    public static partial void StoreLeft(this ILogger logger, string path);
}
