using Microsoft.Extensions.Logging;

namespace FleetMonitor.Storage;

internal static partial class PostgresFleetStoreLog
{
    [LoggerMessage(1, LogLevel.Information, "Opened: {Database}.")]
    public static partial void PostgresOpened(this ILogger logger, string database);

    [LoggerMessage(2, LogLevel.Error, "{Reason}")]
    public static partial void PostgresUnavailable(this ILogger logger, string reason, Exception? exception);

    [LoggerMessage(3, LogLevel.Warning, "{Database} takes writes again, after {Outage}.")]
    public static partial void PostgresRecovered(this ILogger logger, string database, TimeSpan outage);

    [LoggerMessage(4, LogLevel.Information, "Closed: {Database}.")]
    public static partial void PostgresClosed(this ILogger logger, string database);

    [LoggerMessage(5, LogLevel.Information, "{Database} cannot be reached yet, waiting: {Cause}.")]
    public static partial void PostgresAwaited(this ILogger logger, string database, string cause);

    [LoggerMessage(6, LogLevel.Warning, "{Database} runs with fsync off: a power cut may take everything.")]
    public static partial void PostgresWithoutFsync(this ILogger logger, string database);

    [LoggerMessage(7, LogLevel.Debug, "Made the log's partition {Slice}.")]
    public static partial void PartitionMade(this ILogger logger, long slice);

    [LoggerMessage(8, LogLevel.Debug, "Dropped the log's partition {Slice}.")]
    public static partial void PartitionDropped(this ILogger logger, long slice);

    [LoggerMessage(9, LogLevel.Warning, "The log's partitions cannot be looked after: {Cause}. Tried again on the next round.")]
    public static partial void PartitionsFailed(this ILogger logger, string cause);
}
