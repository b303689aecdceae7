using FleetMonitor.Core.Statistics;
using MathNet.Numerics.Distributions;

namespace FleetMonitor.Core.Comparisons;

/// <summary>Two answers to the same questions, by which of them were right.</summary>
/// <param name="Both">Questions that both got right.</param>
/// <param name="OnlyFirst">Questions that only the first got right.</param>
/// <param name="OnlySecond">Questions that only the second got right.</param>
/// <param name="Neither">Questions that neither got right.</param>
public readonly record struct PairedCounts(long Both, long OnlyFirst, long OnlySecond, long Neither)
{
    public long Count => Both + OnlyFirst + OnlySecond + Neither;

    /// <summary>Accuracy of the first less that of the second.</summary>
    public double Difference => (double)(OnlyFirst - OnlySecond) / Count;
}

/// <summary>The difference of two accuracies on the same questions, with an interval.</summary>
/// <remarks>
/// Tango's score interval (Statistics in Medicine 17, 1998): every difference that the score test does not refute, with the discordant shares at
/// their most likely values under it. Keeps its coverage with few
/// discordant pairs, where Wald's does not. O(iterations): two bisections.
/// </remarks>
public static class PairedProportions
{
    private const int Iterations = 60;

    /// <summary>Null without a pair.</summary>
    /// <param name="error">The probability, both sides together, that the interval misses, above 0, below 1.</param>
    public static Interval? Of(in PairedCounts pairs, double error)
    {
        if (pairs.Count == 0) return null;
        var z = Normal.InvCDF(0, 1, 1 - (error / 2));
        var counts = pairs;
        var difference = pairs.Difference;
        return new Interval(difference, Refuted(-1, difference, d => Score(counts, d) > z), Refuted(1, difference, d => Score(counts, d) < -z));
    }

    /// <summary>The share of questions that only the second gets right, at its most likely under a difference: the root of a quadratic equation.</summary>
    internal static double OnlySecondShare(in PairedCounts pairs, double difference)
    {
        double n = pairs.Count, b = pairs.OnlyFirst, c = pairs.OnlySecond;
        var (p, q) = (-b - c + (((2 * n) - b + c) * difference), -c * difference * (1 - difference));
        var share = (Math.Sqrt(Math.Max(0, (p * p) - (8 * n * q))) - p) / (4 * n);
        return Math.Clamp(share, Math.Max(0, -difference), (1 - difference) / 2);
    }

    /// <summary>
    /// Where, between <paramref name="from"/> (refuted, or the end of what can be) and <paramref name="to"/> (not refuted), a difference begins not
    /// to be refuted.
    /// </summary>
    internal static double Refuted(double from, double to, Func<double, bool> isRefuted)
    {
        if (!isRefuted(from)) return from;
        for (var i = 0; i < Iterations; i++)
        {
            var middle = (from + to) / 2;
            if (isRefuted(middle)) from = middle;
            else to = middle;
        }
        return to;
    }

    private static double Score(in PairedCounts pairs, double difference)
    {
        var distance = pairs.OnlyFirst - pairs.OnlySecond - (pairs.Count * difference);
        var variance = pairs.Count * ((2 * OnlySecondShare(pairs, difference)) + (difference * (1 - difference)));
        return distance == 0 ? 0 : distance / Math.Sqrt(Math.Max(variance, 1e-300));
    }
}
