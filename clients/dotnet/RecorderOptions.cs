namespace FleetMonitor.Client;

/// <summary>How a <see cref="FleetMonitorRecorder"/> gathers events and how much it holds.</summary>
public sealed record RecorderOptions
{
    /// <summary>What the server knows this program by. Null: see <see cref="AccessToken"/>.</summary>
    public string? Token { get; init; }

    /// <summary>Events of a batch at most. 1 to 10,000; default 500.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>After which a batch is sent that is not full. Default 1 s.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Events that wait at most; those that come when so many do are dropped, and counted. Default 100,000.</summary>
    public int MaxQueue { get; init; } = 100_000;

    /// <summary>How long a recorder that is disposed still sends what is left. Default 10 s.</summary>
    public TimeSpan DrainFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Wait before a batch is sent for the second time; it doubles with each. Default 0.2 s.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait between two tries. Default 30 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>What became of a recorder's events so far.</summary>
/// <param name="Accepted">Counted by the server, and durable there.</param>
/// <param name="Duplicates">Were there before; all of a batch whose first answer was lost.</param>
/// <param name="Rejected">The server will never take them, or they are too late.</param>
/// <param name="Dropped">The queue was full, the recorder was disposed before they could be sent, or their batch could not be written or its answer not
/// read.</param>
/// <param name="Pending">Not answered yet.</param>
public readonly record struct RecorderStats(long Accepted, long Duplicates, long Rejected, long Dropped, long Pending);
