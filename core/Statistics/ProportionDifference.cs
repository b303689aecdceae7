using MathNet.Numerics.Distributions;

namespace FleetMonitor.Core.Statistics;

/// <summary>A difference and the interval that holds the true one with the confidence asked for.</summary>
public readonly record struct Interval(double Value, double Lower, double Upper);

/// <summary>The difference of two independent proportions, with an interval.</summary>
/// <remarks>Newcombe's hybrid of two Wilson score intervals (1998, method 10): keeps its coverage near 0 and 1 and for small counts, where the textbook's normal interval does not. O(1).</remarks>
public static class ProportionDifference
{
    /// <summary>hits1/n1 − hits2/n2; null where a side has no trial.</summary>
    /// <param name="error">The probability, both sides together, that the interval misses, above 0, below 1.</param>
    public static Interval? Of(long hits1, long n1, long hits2, long n2, double error)
    {
        if (n1 == 0 || n2 == 0) return null;
        var z = Normal.InvCDF(0, 1, 1 - (error / 2));
        double p1 = (double)hits1 / n1, p2 = (double)hits2 / n2;
        var (low1, high1) = Wilson(p1, n1, z);
        var (low2, high2) = Wilson(p2, n2, z);
        var difference = p1 - p2;
        return new Interval(
            difference,
            difference - Math.Sqrt(((p1 - low1) * (p1 - low1)) + ((high2 - p2) * (high2 - p2))),
            difference + Math.Sqrt(((high1 - p1) * (high1 - p1)) + ((p2 - low2) * (p2 - low2))));
    }

    /// <summary>part/whole with Wilson's score interval (1927); <paramref name="whole"/> is above 0.</summary>
    public static Interval Wilson(long part, long whole, double error)
    {
        var share = (double)part / whole;
        var (low, high) = Wilson(share, whole, Normal.InvCDF(0, 1, 1 - (error / 2)));
        // Rounding must not push an end past the share, nor out of 0…1.
        return new Interval(share, Math.Clamp(low, 0, share), Math.Clamp(high, share, 1));
    }

    private static (double Low, double High) Wilson(double p, long n, double z)
    {
        var center = p + (z * z / (2 * n));
        var half = z * Math.Sqrt((p * (1 - p) / n) + (z * z / (4.0 * n * n)));
        var scale = 1 + (z * z / n);
        return ((center - half) / scale, (center + half) / scale);
    }
}
