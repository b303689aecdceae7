using System.Diagnostics;

namespace FleetMonitor.Core.Statistics;

/// <summary>Two-sample Kolmogorov-Smirnov test: the largest distance of two empirical distribution functions, and how likely chance alone makes one.</summary>
/// <remarks>
/// As <c>scipy.stats.ks_2samp</c>, two-sided. The p-value is exact up to <see cref="ExactLimit"/> values a side and Kolmogorov's limit distribution above;
/// both assume continuous values, and err to the cautious side (p too large) with ties.
/// </remarks>
public static class KolmogorovSmirnov
{
    /// <summary>The larger sample's size up to which <see cref="PValue"/> is exact.</summary>
    public const int ExactLimit = 10_000;

    /// <summary>max |Fa − Fb| over two non-empty samples in ascending order. Ties and ±∞ are values like any other; NaN is not.</summary>
    /// <remarks>O(n + m), no allocation, no branch that depends on a value. Counted in integers: exact but for the last division.</remarks>
    public static double Statistic(ReadOnlySpan<double> sortedA, ReadOnlySpan<double> sortedB)
    {
        if (sortedA.IsEmpty || sortedB.IsEmpty)
            throw new ArgumentException("The statistic needs values on both sides.");
        Debug.Assert(!double.IsNaN(sortedA[0]) && !double.IsNaN(sortedB[0]), "The boundary counts NaN as missing.");

        long n = sortedA.Length, m = sortedB.Length;
        int a = 0, b = 0;
        // n·m·(Fa − Fb): a value of a lifts it by m, one of b lowers it by n.
        long difference = 0, largest = 0;
        var previous = double.NegativeInfinity;
        while (a < sortedA.Length && b < sortedB.Length)
        {
            double nextA = sortedA[a], nextB = sortedB[b];
            var next = nextA < nextB ? nextA : nextB;
            // Within a run of ties the functions have not yet taken their whole step.
            var settled = next > previous ? -1L : 0;
            largest = Math.Max(largest, Math.Abs(difference) & settled);
            previous = next;
            var stepA = nextA <= nextB ? 1 : 0;
            var stepB = nextB <= nextA ? 1 : 0;
            a += stepA;
            b += stepB;
            difference += stepA * m - stepB * n;
        }
        while (a < sortedA.Length && sortedA[a] == previous)
        {
            a++;
            difference += m;
        }
        while (b < sortedB.Length && sortedB[b] == previous)
        {
            b++;
            difference -= n;
        }
        // One function has reached 1, so from here on they only approach each other.
        return Math.Max(largest, Math.Abs(difference)) / ((double)n * m);
    }

    /// <summary>The p-value: exact where neither sample exceeds <see cref="ExactLimit"/> values, otherwise of the limit distribution.</summary>
    public static double PValue(double statistic, long n, long m) =>
        Math.Max(n, m) <= ExactLimit ? PValueExact(statistic, (int)n, (int)m) : PValueLimit(statistic, n, m);

    /// <summary>The p-value of Kolmogorov's limit distribution at √(nm / (n + m))·D. Relative error below 1e-12 down to 1e-300, then 0.</summary>
    public static double PValueLimit(double statistic, long n, long m)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(m, 1);
        return KolmogorovDistribution.Survival(Math.Sqrt((double)n * m / ((double)n + m)) * statistic);
    }

    /// <summary>P(D ≥ <paramref name="statistic"/>) for n and m continuous values of one distribution, to a relative error of 1e-11.</summary>
    /// <remarks>O(n) for equal sizes, otherwise O(n·m·D) with a few KB of work space: at most about 20 ms for 9,999 and 10,000 values.</remarks>
    public static double PValueExact(double statistic, int n, int m)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(m, 1);
        return KolmogorovDistribution.ExactSurvival(statistic, n, m);
    }
}
