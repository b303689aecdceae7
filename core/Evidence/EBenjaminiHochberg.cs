namespace FleetMonitor.Core.Evidence;

/// <summary>The e-Benjamini-Hochberg procedure: which of many hypotheses to reject so that, in expectation, at most a share α of the rejected ones are true.</summary>
/// <remarks>
/// With K hypotheses and e-values e₍₁₎ ≥ e₍₂₎ ≥ …, k* = max { k : k·e₍ₖ₎ / K ≥ 1/α } and the k* largest are rejected (Wang and Ramdas 2022). The false discovery rate is at most α however the e-values depend on each
/// other, and, of e-processes, at any stopping time. In particular, with every hypothesis true, P(anything is rejected) ≤ α.
/// <para>Only e-values of at least 1/α need be known: k qualifies by its own e₍ₖ₎ ≥ K/(α·k), which is at least 1/α since k ≤ K; smaller ones neither qualify nor change the rank of those that do. The number of hypotheses
/// counts them all.</para>
/// <para>One number says it all: rejected are exactly those with e ≥ K/(α·k*). An e₍ₖ*₊₁₎ as large would have made k* + 1 qualify, since K/(α·k*) ≥ K/(α·(k* + 1)).</para>
/// O(n log n) in the e-values given; exact.
/// </remarks>
public static class EBenjaminiHochberg
{
    /// <summary>Above every e-value: nothing is rejected.</summary>
    public const double NothingRejected = double.PositiveInfinity;

    /// <summary>The e-value from which on hypotheses are rejected.</summary>
    /// <param name="eValues">Those of at least 1/α, in any order; smaller ones change nothing. Sorted in place.</param>
    /// <param name="hypotheses">All hypotheses K, those with small e-values included.</param>
    /// <param name="alpha">The false discovery rate to keep, above 0, below 1.</param>
    public static double Threshold(Span<double> eValues, long hypotheses, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hypotheses, eValues.Length);
        if (!(alpha is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "A rate above 0 and below 1.");
        eValues.Sort();
        for (var rank = eValues.Length; rank > 0; rank--)
        {
            var threshold = hypotheses / (alpha * rank);
            if (eValues[^rank] >= threshold) return threshold;
        }
        return NothingRejected;
    }
}
