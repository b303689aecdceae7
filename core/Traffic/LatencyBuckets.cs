namespace FleetMonitor.Core.Traffic;

/// <summary>Latencies in logarithmic buckets: 1 µs to 1 h, each 4 % wider than the last.</summary>
/// <remarks>A quantile's relative error is at most 2 % (the bucket's geometric middle; Masson, Rim and Lee, DDSketch, VLDB 2019, with a fixed range). O(1) an update, merges by adding.</remarks>
internal static class LatencyBuckets
{
    private const double Shortest = 1e-6;
    private const double Longest = 3_600;

    /// <summary>A latency beyond a day counts as one, in seconds: whatever a client says, a sum of microseconds has room for 10⁸ of them.</summary>
    private const double LongestCounted = 86_400;

    private static readonly double LogWidth = Math.Log(1.04);

    public static readonly int Count = Of(Longest) + 1;

    /// <summary>The bucket of a latency in seconds; shorter and longer ones go to the first and last.</summary>
    public static int Of(double seconds) => seconds <= Shortest ? 0 : (int)Math.Ceiling(Math.Log(Math.Min(seconds, Longest) / Shortest) / LogWidth);

    /// <summary>A latency as sums count it, in seconds.</summary>
    public static double Counted(double seconds) => Math.Clamp(seconds, 0, LongestCounted);

    /// <summary>The same in whole microseconds.</summary>
    public static long Micros(double seconds) => (long)Math.Round(Counted(seconds) * 1e6);

    /// <summary>Seconds, or null of no latency at all.</summary>
    public static double? Quantile(ReadOnlySpan<long> counts, double q)
    {
        var total = 0L;
        foreach (var count in counts) total += count;
        if (total == 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(q * total));
        var bucket = 0;
        for (var seen = counts[0]; seen < rank; seen += counts[bucket]) bucket++;
        return bucket == 0 ? Shortest : Shortest * Math.Exp((bucket - 0.5) * LogWidth);
    }
}
