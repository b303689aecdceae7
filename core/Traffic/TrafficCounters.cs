using FleetMonitor.Core.Scores;

namespace FleetMonitor.Core.Traffic;

/// <summary>What a pane counts of every prediction, labelled or not: volume, errors, latency and confidence.</summary>
/// <remarks>Confidence is the largest class probability. Its quantiles come from 100 equal bins, linear inside a bin: at most 0.01 off. Means and shares are exact to 1.2·10⁻¹⁰.</remarks>
internal static class TrafficCounters
{
    private const int Predictions = 0, Errors = 1, Confident = 2, ConfidenceSum = 3, EntropySum = 4, LowConfidence = 5, LatencyCount = 6, LatencyMicros = 7, ConfidenceBins = 8;
    private const int ConfidenceBinCount = 100;
    private const int Latencies = ConfidenceBins + ConfidenceBinCount;

    public static readonly int Length = Latencies + LatencyBuckets.Count;

    public static void Record(Span<long> counters, bool error, double latencySeconds, double confidence, double entropy, double lowThreshold)
    {
        counters[Predictions]++;
        if (error) counters[Errors]++;
        if (!double.IsNaN(latencySeconds))
        {
            counters[LatencyCount]++;
            counters[LatencyMicros] += LatencyBuckets.Micros(latencySeconds);
            counters[Latencies + LatencyBuckets.Of(latencySeconds)]++;
        }
        if (!double.IsNaN(confidence))
        {
            counters[Confident]++;
            counters[ConfidenceSum] += FixedPoint.From(confidence);
            counters[EntropySum] += FixedPoint.From(entropy);
            if (confidence < lowThreshold) counters[LowConfidence]++;
            counters[ConfidenceBins + Math.Min(ConfidenceBinCount - 1, (int)(confidence * ConfidenceBinCount))]++;
        }
    }

    public static long PredictionsOf(ReadOnlySpan<long> counters) => counters[Predictions];

    public static long ErrorsOf(ReadOnlySpan<long> counters) => counters[Errors];

    public static LatencyScore? Latency(ReadOnlySpan<long> counters)
    {
        var count = counters[LatencyCount];
        if (count == 0) return null;
        var buckets = counters.Slice(Latencies, LatencyBuckets.Count);
        return new LatencyScore(
            count,
            counters[LatencyMicros] / 1e6 / count,
            LatencyBuckets.Quantile(buckets, 0.5)!.Value,
            LatencyBuckets.Quantile(buckets, 0.95)!.Value,
            LatencyBuckets.Quantile(buckets, 0.99)!.Value);
    }

    public static ConfidenceScore? Confidence(ReadOnlySpan<long> counters)
    {
        var count = counters[Confident];
        if (count == 0) return null;
        var bins = counters.Slice(ConfidenceBins, ConfidenceBinCount);
        return new ConfidenceScore(
            count,
            FixedPoint.Mean(counters[ConfidenceSum], count),
            Quantile(bins, count, 0.1),
            Quantile(bins, count, 0.5),
            Quantile(bins, count, 0.9),
            (double)counters[LowConfidence] / count,
            FixedPoint.Mean(counters[EntropySum], count),
            bins.ToArray());
    }

    private static double Quantile(ReadOnlySpan<long> bins, long count, double q)
    {
        var rank = q * count;
        var below = 0L;
        for (var bin = 0; bin < bins.Length; bin++)
        {
            if (bins[bin] > 0 && below + bins[bin] >= rank)
            {
                return Math.Min(1, (bin + Math.Clamp((rank - below) / bins[bin], 0, 1)) / ConfidenceBinCount);
            }
            below += bins[bin];
        }
        return 1;
    }
}
