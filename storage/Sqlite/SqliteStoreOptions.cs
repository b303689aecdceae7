using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Storage;

/// <summary>Where the store lives and what it promises.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The database file; its folder is created. Beside it live <c>-wal</c>, <c>-shm</c> and <c>.lock</c>.</summary>
    /// <remarks>On a local disk: SQLite's write-ahead log does not work over NFS.</remarks>
    [Required]
    public string Path { get; set; } = "data/fleet.db";

    /// <summary>What an acknowledged append survives.</summary>
    [EnumDataType(typeof(Durability))]
    public Durability Durability { get; set; } = Durability.Process;

    /// <summary>Bound on the records in memory that wait for the disk, in bytes. Beyond it appends fail with <see cref="StoreBusyException"/>.</summary>
    [Range(1L << 16, 1L << 36)]
    public long MaxQueueBytes { get; set; } = 64L << 20;

    /// <summary>Size that SQLite's write-ahead log may reach before the writer waits for it to be worked into the database, in bytes.</summary>
    /// <remarks>Worked in beside the writer from a quarter of it on, so only a disk slower than the traffic ever gets here. A larger one smooths bursts and
    /// lengthens the start after a crash (0.25 s a GB, from memory). One transaction larger than this goes beyond it.</remarks>
    [Range(1L << 20, 1L << 34)]
    public long MaxWriteAheadBytes { get; set; } = 64L << 20;

    /// <summary>Whether what is given up or deleted is overwritten in the file, instead of staying there until its space is used again.</summary>
    /// <remarks>Pages that are freed are written once more, which costs CPU time and write-ahead log at full speed.</remarks>
    public bool Erase { get; set; } = true;

    /// <summary>How often summaries are written and an unhealthy store tries a test write.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan HousekeepingInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Connections for reading (replay, lists); more readers wait for one of them.</summary>
    [Range(1, 64)]
    public int MaxReaders { get; set; } = 4;
}

/// <summary>What an acknowledged append survives.</summary>
public enum Durability
{
    /// <summary>The end of the process, however it ends. A power cut may take the last acknowledged appends, never the order or the integrity of the rest.</summary>
    Process,

    /// <summary>Power cuts too: every group commit waits for the disk's flush.</summary>
    Power,
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class SqliteStoreOptionsValidator : IValidateOptions<SqliteStoreOptions>;
