namespace FleetMonitor.Storage;

/// <summary>Whether the disk answers: the one thing about itself that a writer cannot find out, which stands in the middle of its call for as long as it does not.</summary>
/// <remarks>The writer's thread says when a step begins and when it has ended; whoever has a clock may look.</remarks>
internal sealed class DiskWatch(TimeProvider time)
{
    /// <summary>Steps of more bytes get more time.</summary>
    private const long LargeBytes = 16 << 20;

    private const long LargeBytesPerSecond = 4 << 20;

    private long _due = long.MaxValue;

    /// <summary>Time for a step: what SQLite waits for another program's lock is half of it.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);

    /// <summary>A step is under way for longer than it may take.</summary>
    public bool IsOverdue => time.GetTimestamp() > Volatile.Read(ref _due);

    public void Begin(long bytes = 0)
    {
        var allowed = bytes <= LargeBytes ? Patience : Patience + TimeSpan.FromSeconds(bytes / LargeBytesPerSecond);
        Volatile.Write(ref _due, time.GetTimestamp() + (long)(allowed.TotalSeconds * time.TimestampFrequency));
    }

    public void End() => Volatile.Write(ref _due, long.MaxValue);
}
