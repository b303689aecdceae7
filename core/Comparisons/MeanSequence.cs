namespace FleetMonitor.Core.Comparisons;

/// <summary>Confidence sequences for the difference of two means of unbounded numbers, such as absolute errors.</summary>
/// <remarks>
/// Asymptotic: mean ± σ̂ √(2(tρ²+1)/(t²ρ²) · ln(√(tρ²+1)/α)) (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory and
/// asymptotic confidence sequences, Annals of Statistics 52, 2024, theorem 2.2): as the normal
/// interval is to one look, this is to all of them; without bounds on the numbers nothing exact exists. ρ makes it narrowest near <see
/// cref="Narrowest"/> samples. It means nothing before the variance is known: from <see cref="MinSamples"/> on. O(1).
/// </remarks>
public static class MeanSequence
{
    /// <summary>Samples, of each side, below which there is none.</summary>
    public const int MinSamples = 100;

    /// <summary>The number of samples near which it is narrowest.</summary>
    private const double Narrowest = 2_000;

    /// <summary>Of the differences of pairs; null of too few.</summary>
    public static AnytimeDifference? Paired(in MeanSample differences, double error) =>
        differences.Count < MinSamples ? null : Of(differences.Mean, differences.Variance, differences.Count, error);

    /// <summary>Of two samples whose shares do not depend on the numbers; null where a side has too few.</summary>
    public static AnytimeDifference? TwoSamples(in MeanSample first, in MeanSample second, double error)
    {
        if (first.Count < MinSamples || second.Count < MinSamples) return null;
        // Each number counts for its side by the inverse of the side's share: so many of them, with so large a variance.
        var all = first.Count + second.Count;
        return Of(first.Mean - second.Mean, all * (first.Error + second.Error), all, error);
    }

    private static AnytimeDifference? Of(double mean, double variance, double count, double error)
    {
        if (!double.IsFinite(mean) || !double.IsFinite(variance) || variance <= 0) return null;
        var rate = ((-2 * Math.Log(error)) + Math.Log((-2 * Math.Log(error)) + 1)) / Narrowest;
        var spread = (count * rate) + 1;
        var half = Math.Sqrt(variance * 2 * spread / (count * count * rate) * Math.Log(Math.Sqrt(spread) / error));
        var logE = (count * count * rate * mean * mean / variance / (2 * spread)) - (0.5 * Math.Log(spread));
        return new AnytimeDifference(mean, mean - half, mean + half, logE);
    }
}
