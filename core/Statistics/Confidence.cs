using System.Buffers;

namespace FleetMonitor.Core.Statistics;

/// <summary>How sure a classifier was over a window's rows. A score that cannot exist is null.</summary>
/// <param name="Count">Rows that have a confidence.</param>
/// <param name="Mean">Mean confidence.</param>
/// <param name="P10">10th percentile, linear.</param>
/// <param name="P50">Median, linear.</param>
/// <param name="P90">90th percentile, linear.</param>
/// <param name="LowRatio">Share of rows strictly below the threshold.</param>
/// <param name="MeanEntropy">Mean entropy of the predicted distribution, in nats.</param>
public sealed record ConfidenceSummary(long Count, double? Mean, double? P10, double? P50, double? P90, double? LowRatio, double? MeanEntropy);

/// <summary>Confidence of predictions: the largest probability of a row, and its exact summary over a window.</summary>
/// <remarks>O(n log n) for the quantiles' sort, work space from the pool. Rows without a confidence (NaN) are left out.</remarks>
public static class Confidence
{
    /// <summary>A confidence below this one is low, unless the model's spec says otherwise.</summary>
    public const double DefaultLowThreshold = 0.6;

    /// <param name="confidences">The largest probability of each row, NaN where it has none.</param>
    /// <param name="lowThreshold">Confidences strictly below it are low.</param>
    /// <param name="entropies">Entropy of each row in nats, NaN where it has none; may be empty.</param>
    public static ConfidenceSummary Compute(
        ReadOnlySpan<double> confidences, double lowThreshold = DefaultLowThreshold, ReadOnlySpan<double> entropies = default)
    {
        var buffer = ArrayPool<double>.Shared.Rent(confidences.Length);
        try
        {
            var sum = default(CompensatedSum);
            int count = 0, low = 0;
            foreach (var confidence in confidences)
            {
                if (double.IsNaN(confidence))
                    continue;
                buffer[count++] = confidence;
                low += confidence < lowThreshold ? 1 : 0;
                sum.Add(confidence);
            }
            if (count == 0)
                return new ConfidenceSummary(0, null, null, null, null, null, MeanOf(entropies));

            var sorted = buffer.AsSpan(0, count);
            sorted.Sort();
            return new ConfidenceSummary(
                count,
                Score.OrNull(sum.DividedBy(count)),
                Score.OrNull(Quantiles.Linear(sorted, 0.1)),
                Score.OrNull(Quantiles.Linear(sorted, 0.5)),
                Score.OrNull(Quantiles.Linear(sorted, 0.9)),
                Score.Share(low, count),
                MeanOf(entropies));
        }
        finally
        {
            ArrayPool<double>.Shared.Return(buffer);
        }
    }

    /// <summary>Confidence of a binary prediction with the positive score <paramref name="score"/>.</summary>
    public static double OfBinary(double score) => Math.Max(score, 1 - score);

    /// <summary>Confidence of a row of probabilities; NaN, as its probabilities, where it has none.</summary>
    public static double OfRow(ReadOnlySpan<double> probabilities)
    {
        var top = double.NegativeInfinity;
        foreach (var probability in probabilities)
            top = Math.Max(top, probability);
        return probabilities.IsEmpty ? double.NaN : top;
    }

    /// <summary>Entropy of a binary prediction in nats, 0…ln 2.</summary>
    public static double BinaryEntropy(double score) => Term(score) + Term(1 - score);

    /// <summary>Entropy −Σ p·ln p of a row of probabilities in nats, 0…ln(classes).</summary>
    public static double Entropy(ReadOnlySpan<double> probabilities)
    {
        var sum = 0.0;
        foreach (var probability in probabilities)
            sum += Term(probability);
        return sum;
    }

    private static double Term(double probability) => probability == 0 ? 0 : -probability * Math.Log(probability);

    private static double? MeanOf(ReadOnlySpan<double> values)
    {
        var sum = default(CompensatedSum);
        var count = 0;
        foreach (var value in values)
        {
            if (double.IsNaN(value))
                continue;
            sum.Add(value);
            count++;
        }
        return count == 0 ? null : Score.OrNull(sum.DividedBy(count));
    }
}
