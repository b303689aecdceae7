using System.Diagnostics;

namespace FleetMonitor.Core.Statistics;

/// <summary>How far two histograms over the same bins are apart, each as shares of its own total; null where one of them is empty.</summary>
/// <remarks>
/// All are 0 when the shares are equal, symmetric, and O(bins) without allocation. All but the population stability index, which has no bound, lie in 0…1.
/// Bins that are empty on both sides change nothing.
/// </remarks>
public static class HistogramDistance
{
    /// <summary>Population stability index: how far a window's histogram has moved from its reference's.</summary>
    /// <remarks>
    /// Σ (cᵢ − rᵢ)·ln(cᵢ / rᵢ) over the shares of each bin; 0 when equal, symmetric, in nats. A share below <paramref name="floor"/>
    /// counts as it, without renormalising, so a single new bin cannot make the index infinite.
    /// O(bins), no allocation.
    /// </remarks>
    public static double? PopulationStabilityIndex(ReadOnlySpan<long> reference, ReadOnlySpan<long> current, double floor = 1e-4)
    {
        if (!Totals(reference, current, out var referenceTotal, out var currentTotal))
            return null;

        var index = 0.0;
        for (var bin = 0; bin < reference.Length; bin++)
        {
            var r = Math.Max(reference[bin] / referenceTotal, floor);
            var c = Math.Max(current[bin] / currentTotal, floor);
            if (r != c)
                index += (c - r) * Math.Log(c / r);
        }
        return index;
    }

    /// <summary>Jensen-Shannon distance: the square root of the divergence, to base 2.</summary>
    /// <remarks>
    /// √(½ Σ r·log₂(r / m) + ½ Σ c·log₂(c / m)) with m = (r + c) / 2, as <c>scipy.spatial.distance.jensenshannon(…, base=2)</c>; 1 when no bin is shared.
    /// Summed as Σ m·g(δ) with δ = (r − c) / (r + c), whose terms are even in δ and never cancel: exactly symmetric, and as
    /// precise as the shares themselves where scipy's sum is noise (distances below 1e-8).
    /// </remarks>
    public static double? JensenShannonDistance(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        if (!Totals(reference, current, out var referenceTotal, out var currentTotal))
            return null;

        var divergence = 0.0;
        for (var bin = 0; bin < reference.Length; bin++)
        {
            var r = reference[bin] / referenceTotal;
            var c = current[bin] / currentTotal;
            if (r != c)
                divergence += (r + c) * Divergence(Math.Abs(r - c) / (r + c));
        }
        return Math.Min(Math.Sqrt(divergence / (4 * Math.Log(2))), 1);

        // (1 + δ)·ln(1 + δ) + (1 − δ)·ln(1 − δ): Σ δ²ᵏ / (k·(2k − 1)) where the two terms would cancel.
        static double Divergence(double delta)
        {
            if (delta == 1)
                return 2 * Math.Log(2);
            if (delta > 0.1)
                return (1 + delta) * Math.Log(1 + delta) + (1 - delta) * Math.Log(1 - delta);
            var square = delta * delta;
            return square * (1 + square * (1 / 6.0 + square * (1 / 15.0 + square * (1 / 28.0 + square * (1 / 45.0 + square * (1 / 66.0 + square / 91))))));
        }
    }

    /// <summary>Hellinger distance: √(½ Σ (√r − √c)²); 1 when no bin is shared.</summary>
    public static double? Hellinger(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        if (!Totals(reference, current, out var referenceTotal, out var currentTotal))
            return null;

        var squares = 0.0;
        for (var bin = 0; bin < reference.Length; bin++)
        {
            var difference = Math.Sqrt(reference[bin] / referenceTotal) - Math.Sqrt(current[bin] / currentTotal);
            squares += difference * difference;
        }
        return Math.Min(Math.Sqrt(squares / 2), 1);
    }

    /// <summary>Total variation distance: ½ Σ |r − c|, the share of predictions that would have to change bins.</summary>
    public static double? TotalVariation(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        if (!Totals(reference, current, out var referenceTotal, out var currentTotal))
            return null;

        var sum = 0.0;
        for (var bin = 0; bin < reference.Length; bin++)
            sum += Math.Abs(reference[bin] / referenceTotal - current[bin] / currentTotal);
        return Math.Min(sum / 2, 1);
    }

    /// <summary>L∞ distance: max |r − c|, the largest change of one share.</summary>
    public static double? LInfinity(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        if (!Totals(reference, current, out var referenceTotal, out var currentTotal))
            return null;

        var largest = 0.0;
        for (var bin = 0; bin < reference.Length; bin++)
            largest = Math.Max(largest, Math.Abs(reference[bin] / referenceTotal - current[bin] / currentTotal));
        return largest;
    }

    /// <summary>Kolmogorov-Smirnov statistic at the bins' borders: max |Fr − Fc|, with bins in ascending order.</summary>
    /// <remarks>
    /// A lower bound of the exact statistic, which may lie inside a bin: short of it by at most the largest share that one bin holds on either side.
    /// </remarks>
    public static double? KolmogorovSmirnov(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        if (!Totals(reference, current, out var referenceTotal, out var currentTotal))
            return null;

        long referenceBelow = 0, currentBelow = 0;
        var largest = 0.0;
        for (var bin = 0; bin < reference.Length; bin++)
        {
            referenceBelow += reference[bin];
            currentBelow += current[bin];
            largest = Math.Max(largest, Math.Abs(referenceBelow / referenceTotal - currentBelow / currentTotal));
        }
        return largest;
    }

    private static bool Totals(ReadOnlySpan<long> reference, ReadOnlySpan<long> current, out double referenceTotal, out double currentTotal)
    {
        if (reference.Length != current.Length)
            throw new ArgumentException("Both histograms are counted over the reference's bins.", nameof(current));

        long referenceSum = 0, currentSum = 0;
        for (var bin = 0; bin < reference.Length; bin++)
        {
            Debug.Assert(reference[bin] >= 0 && current[bin] >= 0, "Counts are not negative.");
            referenceSum += reference[bin];
            currentSum += current[bin];
        }
        referenceTotal = referenceSum;
        currentTotal = currentSum;
        return referenceSum > 0 && currentSum > 0;
    }
}
