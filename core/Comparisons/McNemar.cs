using MathNet.Numerics.Distributions;

namespace FleetMonitor.Core.Comparisons;

/// <summary>Whether of two answers to the same questions one is right more often: only the questions that exactly one of them got right can tell.</summary>
/// <remarks>
/// McNemar (1947): under equal accuracy, each of those is either's with probability ½. <see cref="Exact"/> never errs more often than it says, and is
/// cautious; <see cref="MidP"/> (Fagerland, Lydersen and Laake, 2013)
/// counts half of the observed outcome, and keeps its level in practice. O(min(b, c)).
/// </remarks>
public static class McNemar
{
    /// <summary>Two-sided binomial p-value; 1 without a discordant pair.</summary>
    /// <param name="onlyFirst">Questions that only the first got right.</param>
    /// <param name="onlySecond">Questions that only the second got right.</param>
    public static double Exact(long onlyFirst, long onlySecond) => Of(onlyFirst, onlySecond).Exact;

    /// <summary>Two-sided mid-p-value; 1 without a discordant pair.</summary>
    public static double MidP(long onlyFirst, long onlySecond) => Of(onlyFirst, onlySecond).MidP;

    private static (double Exact, double MidP) Of(long onlyFirst, long onlySecond)
    {
        var (fewer, all) = (Math.Min(onlyFirst, onlySecond), onlyFirst + onlySecond);
        if (all == 0) return (1, 1);
        // Beyond int the normal limit is exact to all that a double shows of it.
        if (all > int.MaxValue)
        {
            var p = 2 * Normal.CDF(0, 1, (fewer - (all / 2.0)) / Math.Sqrt(all / 4.0));
            return (p, p);
        }
        var tail = Binomial.CDF(0.5, (int)all, fewer);
        return (Math.Min(1, 2 * tail), Math.Min(1, (2 * tail) - Binomial.PMF(0.5, (int)all, (int)fewer)));
    }
}
