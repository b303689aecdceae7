using FleetMonitor.Core.References;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Drift;

/// <summary>χ² of a column that has more categories than bins: more than a reference names, or than new ones are counted each.</summary>
/// <remarks>
/// Which categories have a bin was decided by the reference's own counts, so by these they are more frequent than they are and the others less: tested as they stand, every window of the same distribution drifts.
/// Two tests, each sound, and twice the smaller p-value:
/// <para>Over the categories that are frequent beyond doubt, all others as one. A category is, if what its count in both samples together lets expect in the reference exceeds, by four standard deviations (its root),
/// the smallest count that has a bin (0 where every one has). That rests on sums over both samples, which say nothing of how these differ; a category as frequent and without a bin would be an accident of 3e-5.</para>
/// <para>Of the share without a bin, against what a new sample would have there: the reference's own count, and by Good and Turing what is as rare in it as the rarest that has a bin, or by one less rare (Good: The population
/// frequencies of species, 1953). That estimate varies more than a count does, at most by the factor m + 2 for a smallest count of m, so it counts as one of a reference as much smaller.</para>
/// Differences between rare categories are hidden, none is invented. O(bins).
/// </remarks>
internal static class ManyCategories
{
    private const double Deviations = 4;

    /// <param name="window">Counts over the reference's bins, new categories' behind.</param>
    public static ChiSquareResult? Test(CategoricalReference reference, ReadOnlySpan<long> window)
    {
        // Most frequent first; all beyond the named ones are the rest.
        var named = reference.Categories.Count;
        var least = reference.IsComplete || named == 0 ? 0 : reference.Counts[named - 1];
        if (Frequent(reference.Counts, window, least) is not { } frequent || Rest(reference.Counts[..named], reference.Rest, window, least) is not { } rest) return null;
        var surer = rest.PValue < frequent.PValue ? rest : frequent;
        return surer with { PValue = Math.Min(1, 2 * surer.PValue) };
    }

    private static ChiSquareResult? Frequent(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, long least)
    {
        long[] then = new long[window.Length + 1], now = new long[window.Length + 1];
        double total = Sum(reference), share = total / (total + Sum(window));
        var rest = reference.Length - 1;
        for (var bin = 0; bin < window.Length; bin++)
        {
            var before = bin < reference.Length ? reference[bin] : 0;
            var expected = (before + window[bin]) * share;
            var own = bin != rest && expected - (Deviations * Math.Sqrt(expected)) > least;
            then[own ? bin : window.Length] += before;
            now[own ? bin : window.Length] += window[bin];
        }
        return ChiSquareContingency.Test(then, now);
    }

    private static ChiSquareResult? Rest(ReadOnlySpan<long> named, long rest, ReadOnlySpan<long> window, long least)
    {
        var expected = rest;
        for (var bin = named.Length - 1; bin >= 0 && named[bin] <= least + 1; bin--) expected += named[bin];
        long total = rest + Sum(named), windowTotal = Sum(window), now = Sum(window[named.Length..]);
        // Fewer than expected are no sign: the estimate is an upper one.
        if ((double)now * total <= (double)expected * windowTotal) return new ChiSquareResult(0, 1, 1);
        var smaller = least + 2;
        expected = (expected + smaller - 1) / smaller;
        return ChiSquareContingency.Test([Math.Max(expected, total / smaller) - expected, expected], [windowTotal - now, now]);
    }

    private static long Sum(ReadOnlySpan<long> counts)
    {
        var sum = 0L;
        foreach (var count in counts) sum += count;
        return sum;
    }
}
