namespace FleetMonitor.Core.Performance;

/// <summary>A regression's residuals (label minus prediction) in logarithmic buckets of either sign, each 4 % wider than the last, from 1e-9 to 1e12 in the label's unit.</summary>
/// <remarks>
/// Counts, so a corrected label is taken back exactly and merging adds. A quantile of the absolute error is off by at most 2 % of itself (the bucket's geometric middle), below 1e-9 by that much, above 1e12 it is 1e12.
/// In order of the residual, so that distances of distribution functions can be taken over them. O(1) an update; 2,467 buckets, of which a packed pane keeps those in use.
/// </remarks>
internal static class ResidualBuckets
{
    private const double Smallest = 1e-9, Largest = 1e12;
    private static readonly double LogWidth = Math.Log(1.04);

    /// <summary>Buckets on one side of the one around 0.</summary>
    private static readonly int Side = Magnitude(Largest);

    public static readonly int Count = (2 * Side) + 1;

    public static int Of(double residual) => Side + (Math.Sign(residual) * Magnitude(Math.Abs(residual)));

    /// <summary>The absolute error that a share <paramref name="q"/> of the residuals does not exceed; null of none.</summary>
    public static double? AbsoluteQuantile(ReadOnlySpan<long> counts, double q)
    {
        var total = 0L;
        foreach (var count in counts) total += count;
        if (total == 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(q * total));
        var magnitude = 0;
        for (var seen = counts[Side]; seen < rank; seen += counts[Side - magnitude] + counts[Side + magnitude]) magnitude++;
        return magnitude == 0 ? 0 : Smallest * Math.Exp((magnitude - 0.5) * LogWidth);
    }

    private static int Magnitude(double error) => error <= Smallest ? 0 : (int)Math.Ceiling(Math.Log(Math.Min(error, Largest) / Smallest) / LogWidth);
}
