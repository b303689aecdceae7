using MathNet.Numerics;

namespace FleetMonitor.Core.Comparisons;

/// <summary>A difference that may be looked at at any time: its confidence sequence, and the e-value against there being none.</summary>
/// <param name="Lower">The probability that the true difference is ever outside Lower … Upper, at whatever look, is at most the error asked for.</param>
/// <param name="LogE">Natural logarithm of the e-value against a difference of 0: P(it ever reaches 1/α) ≤ α.</param>
public readonly record struct AnytimeDifference(double Value, double Lower, double Upper, double LogE);

/// <summary>Confidence sequences for the difference of two accuracies, from counts alone.</summary>
/// <remarks>
/// The likelihood ratio of a mixture of multinomials (Dirichlet with all parameters ½; two samples: a product of two Beta mixtures) to one
/// multinomial is a martingale under that one, so it reaches 1/α with probability at most α (Ville, 1939; Robbins,
/// 1970): the outcomes that it has not refuted are a confidence sequence, exact at every sample size (Lindon and Malek, Anytime-valid inference for
/// multinomial count data, NeurIPS 2022; Turner and Grünwald, Exact anytime-valid
/// confidence intervals for contingency tables and beyond, 2023). A difference is refuted when every outcome with it is, that is, the most likely
/// one. Counts are all that it needs: corrections take an outcome back, order changes
/// nothing, and of two samples the shares may change at will. O(iterations²) at most, no allocation to speak of.
/// </remarks>
public static class CountSequence
{
    private const double Prior = 0.5;
    private const int Iterations = 60;

    /// <summary>Of answers to the same questions; null without a pair.</summary>
    public static AnytimeDifference? Paired(in PairedCounts pairs, double error)
    {
        if (pairs.Count == 0) return null;
        var counts = pairs;
        return Sequence(pairs.Difference, Mixture(pairs), error, difference => Likelihood(counts, difference));
    }

    /// <summary>Of answers to different questions; null where a side has none.</summary>
    public static AnytimeDifference? TwoSamples(long hits1, long n1, long hits2, long n2, double error)
    {
        if (n1 == 0 || n2 == 0) return null;
        var mixture = LogMixture(hits1, n1 - hits1) + LogMixture(hits2, n2 - hits2);
        return Sequence(((double)hits1 / n1) - ((double)hits2 / n2), mixture, error, difference => Likelihood(hits1, n1 - hits1, hits2, n2 - hits2, difference));
    }

    /// <summary>The e-value alone, as its natural logarithm.</summary>
    internal static double LogE(in PairedCounts pairs) => Mixture(pairs) - Likelihood(pairs, 0);

    /// <inheritdoc cref="LogE(in PairedCounts)"/>
    internal static double LogE(long hits1, long n1, long hits2, long n2) =>
        LogMixture(hits1, n1 - hits1) + LogMixture(hits2, n2 - hits2) - Likelihood(hits1, n1 - hits1, hits2, n2 - hits2, 0);

    private static double Mixture(in PairedCounts pairs) => LogMixture(pairs.OnlyFirst, pairs.OnlySecond, pairs.Both + pairs.Neither);

    /// <summary>Logarithm of the likelihood of the most likely outcome with a difference.</summary>
    private static double Likelihood(in PairedCounts pairs, double difference)
    {
        var second = PairedProportions.OnlySecondShare(pairs, difference);
        return XLogY(pairs.OnlyFirst, second + difference) + XLogY(pairs.OnlySecond, second) + XLogY(pairs.Both + pairs.Neither, 1 - (2 * second) - difference);
    }

    private static double Likelihood(long hits1, long misses1, long hits2, long misses2, double difference)
    {
        // Concave in the second's accuracy: the zero of its slope.
        double low = Math.Max(0, -difference), high = Math.Min(1, 1 - difference);
        for (var i = 0; i < Iterations; i++)
        {
            var p = (low + high) / 2;
            var slope = Ratio(hits1, p + difference) - Ratio(misses1, 1 - p - difference) + Ratio(hits2, p) - Ratio(misses2, 1 - p);
            if (slope > 0) low = p;
            else high = p;
        }
        var second = (low + high) / 2;
        return XLogY(hits1, second + difference) + XLogY(misses1, 1 - second - difference) + XLogY(hits2, second) + XLogY(misses2, 1 - second);
    }

    /// <param name="likelihood">Logarithm of the likelihood of the most likely outcome with a difference; concave.</param>
    private static AnytimeDifference Sequence(double observed, double mixture, double error, Func<double, double> likelihood)
    {
        var refuted = mixture + Math.Log(error);
        return new AnytimeDifference(
            observed,
            PairedProportions.Refuted(-1, observed, difference => likelihood(difference) <= refuted),
            PairedProportions.Refuted(1, observed, difference => likelihood(difference) <= refuted),
            mixture - likelihood(0));
    }

    /// <summary>log of ∫ Π pᵢ^nᵢ over the Dirichlet prior: log B(n + ½) − log B(½).</summary>
    private static double LogMixture(params ReadOnlySpan<long> counts)
    {
        var (total, sum) = (0.0, 0.0);
        foreach (var count in counts)
        {
            sum += SpecialFunctions.GammaLn(count + Prior) - SpecialFunctions.GammaLn(Prior);
            total += count;
        }
        return sum - SpecialFunctions.GammaLn(total + (counts.Length * Prior)) + SpecialFunctions.GammaLn(counts.Length * Prior);
    }

    private static double XLogY(long count, double share) => count == 0 ? 0 : share <= 0 ? double.NegativeInfinity : count * Math.Log(share);

    private static double Ratio(long count, double share) => count == 0 ? 0 : share <= 0 ? double.PositiveInfinity : count / share;
}
