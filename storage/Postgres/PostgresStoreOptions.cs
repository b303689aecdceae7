using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>Which PostgreSQL the store is on, and within which bounds it works.</summary>
/// <remarks>
/// There is no choice of durability: commits are synchronous (<c>synchronous_commit</c> is raised to <c>on</c> where the server has it off, and otherwise
/// left as it is, so that an operator's <c>remote_apply</c> stands). Without it PostgreSQL answers before a commit has left its own memory, and a <c>kill
/// -9</c> of the server would take acknowledged appends, which is less than SQLite's weakest setting promises. One flush carries all that waited, of
/// every silo.
/// </remarks>
public sealed class PostgresStoreOptions
{
    /// <summary>As Npgsql reads it: <c>Host=…;Database=…;Username=…;Password=…</c>. Several hosts and <c>Target Session Attributes=primary</c> are followed
    /// through a failover.</summary>
    /// <remarks>Straight to the server, or through a pooler in session mode: the store keeps prepared statements and session settings.</remarks>
    public string ConnectionString { get; set; } = "";

    /// <summary>A file that holds the connection string, for secrets; read again whenever a connection is lost. Used instead of
    /// <see cref="ConnectionString"/>.</summary>
    public string ConnectionStringFile { get; set; } = "";

    /// <summary>The PostgreSQL schema of the store's tables; created if it is missing. Several fleets can share a database under different names.</summary>
    [Required]
    [RegularExpression("^[a-z_][a-z0-9_]{0,49}$")]
    public string Schema { get; set; } = "fleetmonitor";

    /// <summary>Bound on the records in memory that wait for the database, in bytes. Beyond it appends fail with <see cref="StoreBusyException"/>.</summary>
    [Range(1L << 16, 1L << 36)]
    public long MaxQueueBytes { get; set; } = 64L << 20;

    /// <summary>How long the server may take for a statement, whole seconds. Statements of more than 16 MiB get more, at 4 MiB a second.</summary>
    /// <remarks>A server that hangs is given up two seconds later.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may take to be made, whole seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the start waits for a server that cannot be reached yet. A server that refuses is not waited for.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long appends whose commit was not answered wait for the database to say what became of them.</summary>
    /// <remarks>Beyond it they fail, and their leases with them: whether they were kept is found out by whoever opens the model next.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan DoubtTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often summaries are written, partitions looked after, and an unhealthy store tries a test write.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan HousekeepingInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Size at which a partition of the log is followed by the next, in bytes. The log needs about this much beyond what no checkpoint
    /// covers.</summary>
    [Range(1L << 16, 1L << 40)]
    public long PartitionBytes { get; set; } = 256L << 20;

    /// <summary>
    /// How often at most the log's partitions that hold records of deleted models are emptied and dropped, so that what was deleted is gone from the
    /// log's files within about this time.
    /// </summary>
    /// <remarks>What other models need of such partitions is copied, so it is not done for each deletion by itself.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan ErasePeriod { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How often at most the log's partitions are emptied of what checkpoints gave up, the one that is being written among them: rows that models let go of,
    /// for their age or otherwise, are gone from the log's files within about this time, however slowly partitions fill.
    /// </summary>
    /// <remarks>What is needed of such partitions is copied each time.</remarks>
    [Range(typeof(TimeSpan), "00:10:00", "31.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan ForgetPeriod { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Connections for reading (replay, lists); more readers wait for one of them. The store has three more: for appends, checkpoints and
    /// partitions.</summary>
    [Range(1, 64)]
    public int MaxReaders { get; set; } = 4;
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class PostgresStoreOptionsRanges : IValidateOptions<PostgresStoreOptions>;

/// <summary>The ranges, and what they cannot say: one way to connect, and one that can be read.</summary>
internal sealed class PostgresStoreOptionsValidator : IValidateOptions<PostgresStoreOptions>
{
    private readonly PostgresStoreOptionsRanges _ranges = new();

    public ValidateOptionsResult Validate(string? name, PostgresStoreOptions options)
    {
        var faults = new List<string>();
        if (_ranges.Validate(name, options) is { Failed: true } ranges) faults.AddRange(ranges.Failures);
        if (string.IsNullOrWhiteSpace(options.ConnectionString) == string.IsNullOrWhiteSpace(options.ConnectionStringFile))
        {
            faults.Add($"{nameof(options.ConnectionString)}, {nameof(options.ConnectionStringFile)}: exactly one of them must be set.");
        }
        else if (!string.IsNullOrWhiteSpace(options.ConnectionString) && !IsConnectionString(options.ConnectionString))
        {
            // Never its text: it holds a password.
            faults.Add($"{nameof(options.ConnectionString)}: not a connection string of PostgreSQL (Host=…;Database=…;Username=…).");
        }
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    internal static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            return false;
        }
    }
}
