using System.Diagnostics;

namespace FleetMonitor.Core.Statistics;

/// <summary>Wasserstein distance W₁ of two samples on the line (earth mover's distance), in units of the values.</summary>
/// <remarks>
/// ∫ |Fa(x) − Fb(x)| dx, as <c>scipy.stats.wasserstein_distance</c>. O(n + m) over sorted samples, no allocation, relative error about 1e-16·√(n + m).
/// The caller leaves out missing values and ±∞, whose distance is not defined.
/// </remarks>
public static class Wasserstein
{
    /// <summary>The distance of two non-empty finite samples in ascending order. Infinite only where it exceeds the largest double; never NaN.</summary>
    public static double Distance(ReadOnlySpan<double> sortedA, ReadOnlySpan<double> sortedB)
    {
        if (sortedA.IsEmpty || sortedB.IsEmpty)
            throw new ArgumentException("A distance needs values on both sides.");
        Debug.Assert(double.IsFinite(sortedA[0]) && double.IsFinite(sortedA[^1]), "The boundary keeps ±∞ and NaN out of distances.");
        Debug.Assert(double.IsFinite(sortedB[0]) && double.IsFinite(sortedB[^1]), "The boundary keeps ±∞ and NaN out of distances.");

        long n = sortedA.Length, m = sortedB.Length;
        var scale = 1 / ((double)n * m);
        int a = 0, b = 0;
        // n·m·(Fa − Fb), in integers so that equal distributions of unequal sizes are at distance 0.
        long difference = 0;
        var distance = 0.0;
        var previous = Math.Min(sortedA[0], sortedB[0]);
        while (a < sortedA.Length && b < sortedB.Length)
        {
            double nextA = sortedA[a], nextB = sortedB[b];
            var next = nextA < nextB ? nextA : nextB;
            // A gap of height zero adds nothing, not even where its width overflows.
            distance += difference == 0 ? 0 : Math.Abs(difference) * scale * (next - previous);
            previous = next;
            var stepA = nextA <= nextB ? 1 : 0;
            var stepB = nextB <= nextA ? 1 : 0;
            a += stepA;
            b += stepB;
            difference += stepA * m - stepB * n;
        }
        // One distribution function has reached 1; the other climbs on.
        for (; a < sortedA.Length; previous = sortedA[a++])
            distance += (n - a) * m * scale * (sortedA[a] - previous);
        for (; b < sortedB.Length; previous = sortedB[b++])
            distance += (m - b) * n * scale * (sortedB[b] - previous);
        return distance;
    }

    /// <summary>A distance in units of the reference's population standard deviation; null where that is 0 or the quotient is not finite.</summary>
    public static double? Normalised(double distance, double referencePopulationStd) =>
        referencePopulationStd > 0 ? Score.OrNull(distance / referencePopulationStd) : null;
}
