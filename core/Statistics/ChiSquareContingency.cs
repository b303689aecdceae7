namespace FleetMonitor.Core.Statistics;

/// <summary>Outcome of a χ² test: the statistic, the probability of one at least as large when nothing has changed, and the degrees of freedom.</summary>
public readonly record struct ChiSquareResult(double Statistic, double PValue, int DegreesOfFreedom);

/// <summary>Pearson's χ² test of homogeneity over the categories of two samples, as <c>scipy.stats.chi2_contingency</c>.</summary>
/// <remarks>
/// Σ (observed − expected)² / expected over the 2 × k table. With one degree of freedom each observed count moves towards its expected one by at most ½
/// (Yates), never beyond it. Categories without a count on either side are left out, so expected counts are positive and nothing is divided by 0.
/// A single category has no degree of freedom: statistic 0, p 1. O(k), no allocation.
/// </remarks>
public static class ChiSquareContingency
{
    /// <summary>Tests counts over the same categories; null where a side is empty.</summary>
    public static ChiSquareResult? Test(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        if (reference.Length != current.Length)
            throw new ArgumentException("Both sides are counted over the same categories.", nameof(current));

        long referenceTotal = 0, currentTotal = 0;
        var categories = 0;
        for (var category = 0; category < reference.Length; category++)
        {
            referenceTotal += reference[category];
            currentTotal += current[category];
            categories += reference[category] + current[category] > 0 ? 1 : 0;
        }
        if (referenceTotal == 0 || currentTotal == 0)
            return null;
        if (categories == 1)
            return new ChiSquareResult(0, 1, 0);

        var correction = categories == 2 ? 0.5 : 0;
        var total = (double)referenceTotal + currentTotal;
        var statistic = default(CompensatedSum);
        for (var category = 0; category < reference.Length; category++)
        {
            var both = (double)reference[category] + current[category];
            if (both == 0)
                continue;
            statistic.Add(Term(reference[category], referenceTotal * both / total, correction));
            statistic.Add(Term(current[category], currentTotal * both / total, correction));
        }
        var degrees = categories - 1;
        return new ChiSquareResult(statistic.Value, IncompleteGamma.Upper(degrees / 2.0, statistic.Value / 2), degrees);
    }

    /// <summary>
    /// The p-value of a difference between two proportions, <paramref name="hits1"/> of <paramref name="n1"/> and <paramref name="hits2"/> of
    /// <paramref name="n2"/>, by the same test with Yates' correction; 1 where every trial or none hit, null where a side has no trial.
    /// </summary>
    public static double? TwoProportions(long hits1, long n1, long hits2, long n2) => Test([hits1, n1 - hits1], [hits2, n2 - hits2])?.PValue;

    private static double Term(double observed, double expected, double correction)
    {
        var difference = Math.Abs(observed - expected);
        difference -= Math.Min(correction, difference);
        return difference * difference / expected;
    }
}
