using FleetMonitor.Core.Traffic;

namespace FleetMonitor.Core.Segments;

/// <summary>What a pane counts of each slice, in integers: traffic, confidence, and the performance of a classifier.</summary>
internal static class SliceCounters
{
    public const int Predictions = 0, Errors = 1, LatencyCount = 2, LatencyMicros = 3, Confident = 4, ConfidenceSum = 5, LowConfidence = 6,
        Labelled = 7, Correct = 8, PredictedPositive = 9, ActualPositive = 10, TruePositive = 11, Length = 12;

    public static void RecordTraffic(Span<long> counters, bool error, double latencySeconds, double confidence, double lowThreshold)
    {
        counters[Predictions]++;
        if (error) counters[Errors]++;
        if (!double.IsNaN(latencySeconds))
        {
            counters[LatencyCount]++;
            counters[LatencyMicros] += LatencyBuckets.Micros(latencySeconds);
        }
        if (double.IsNaN(confidence)) return;
        counters[Confident]++;
        counters[ConfidenceSum] += FixedPoint.From(confidence);
        if (confidence < lowThreshold) counters[LowConfidence]++;
    }

    /// <summary>Counts a labelled prediction, or takes it back with <paramref name="sign"/> -1.</summary>
    /// <param name="positive">Index of the positive class; -1 for multiclass.</param>
    public static void RecordLabel(Span<long> counters, int predicted, int truth, int positive, int sign)
    {
        counters[Labelled] += sign;
        if (predicted == truth) counters[Correct] += sign;
        if (positive < 0) return;
        if (predicted == positive) counters[PredictedPositive] += sign;
        if (truth == positive) counters[ActualPositive] += sign;
        if (predicted == positive && truth == positive) counters[TruePositive] += sign;
    }
}
