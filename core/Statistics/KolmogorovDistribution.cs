using System.Buffers;
using System.Numerics;

namespace FleetMonitor.Core.Statistics;

/// <summary>The null distribution of the two-sample Kolmogorov-Smirnov statistic: for finite samples, and its limit.</summary>
internal static class KolmogorovDistribution
{
    /// <summary>Q(x) = 2 Σ (−1)ᵏ⁻¹·e^(−2k²x²), as <c>scipy.special.kolmogorov</c>.</summary>
    /// <remarks>For small x, where that series cancels, 1 − P by its theta-transformed twin P(x) = √(2π)/x · Σ e^(−(2k−1)²π²/8x²).</remarks>
    public static double Survival(double x)
    {
        // P(0.04) is below 1e-300.
        if (x < 0.04)
            return 1;
        if (x < 0.82)
        {
            var first = Math.Exp(-Math.PI * Math.PI / (8 * x * x));
            return 1 - Math.Sqrt(2 * Math.PI) / x * first * (1 + Math.Pow(first, 8) + Math.Pow(first, 24));
        }
        var t = Math.Exp(-2 * x * x);
        return 2 * t * (1 - Math.Pow(t, 3) * (1 - Math.Pow(t, 5) * (1 - Math.Pow(t, 7) * (1 - Math.Pow(t, 9) * (1 - Math.Pow(t, 11))))));
    }

    /// <summary>P(D ≥ d) for samples of n and m: the share of lattice paths from (0, 0) to (n, m) that leave the band |x/n − y/m| &lt; d.</summary>
    public static double ExactSurvival(double d, int n, int m)
    {
        // n·m·D is a multiple of gcd(n, m): h counts those, which rounds away the error of d.
        var gcd = (int)BigInteger.GreatestCommonDivisor(n, m);
        var h = (long)Math.Round(d * ((long)n / gcd * m));
        if (h <= 0)
            return 1;
        if (h > (long)n / gcd * m)
            return 0;
        return Math.Clamp(n == m ? OutsideSquare(n, (int)h) : OutsideBand(n, m, gcd, h), 0, 1);
    }

    /// <summary>
    /// Equal sizes, by reflection: 2·(C(2n, n−h) − C(2n, n−2h) + …) / C(2n, n), nested as A₀·(1 − A₁·(1 − …)) so that nothing overflows or cancels
    /// (Gnedenko and Korolyuk, 1951).
    /// </summary>
    private static double OutsideSquare(int n, int h)
    {
        var probability = 0.0;
        for (var k = n / h; k >= 0; k--)
        {
            var ratio = 1.0;
            for (var j = 0; j < h; j++)
                ratio = ratio * (n - (long)k * h - j) / (n + (long)k * h + j + 1);
            probability = ratio * (1 - probability);
        }
        return 2 * probability;
    }

    /// <summary>
    /// Unequal sizes, by induction: a path that stands at (x, y) came from (x − 1, y) with probability x / (x + y) and from (x, y − 1) otherwise, so the
    /// probability that it has left the band is the mean of theirs with these weights, and 1 outside (after Hodges, 1958).
    /// </summary>
    /// <remarks>
    /// Only positive terms: the relative error grows by an ulp or two a step. All points of one diagonal x + y = s need only the diagonal before, so a diagonal
    /// is updated in place, from its end, several points at a time.
    /// </remarks>
    private static double OutsideBand(int n, int m, int gcd, long h)
    {
        long stepX = m / gcd, stepY = n / gcd;
        var buffer = ArrayPool<double>.Shared.Rent(m + 2);
        // left[y]: the probability at the diagonal's point (s − y, y). One element ahead stands for y = −1, whose weight is 0.
        var work = buffer.AsSpan(0, m + 2);
        work.Fill(1);
        var left = work[1..];
        left[0] = 0;
        try
        {
            for (var s = 1; s <= n + m; s++)
            {
                // |stepX·x − stepY·y| < h with x = s − y.
                var lowest = (int)Math.Max(FloorDivide(stepX * s - h, stepX + stepY) + 1, Math.Max(0, s - n));
                var highest = (int)Math.Min(FloorDivide(stepX * s + h - 1, stepX + stepY), Math.Min(s, m));
                if (lowest > highest)
                    return 1;
                Advance(work, lowest, highest, s);
                if (lowest > 0)
                    left[lowest - 1] = 1;
            }
            return left[m];
        }
        finally
        {
            ArrayPool<double>.Shared.Return(buffer);
        }
    }

    private static void Advance(Span<double> work, int lowest, int highest, int s)
    {
        var share = 1.0 / s;
        var y = highest;
        if (Vector.IsHardwareAccelerated && y - lowest + 1 >= Vector<double>.Count)
        {
            var lanes = Vector<double>.Count;
            var length = new Vector<double>(s);
            var shares = new Vector<double>(share);
            var weight = Vector.CreateSequence(y - lanes + 1.0, 1.0);
            for (; y - lanes + 1 >= lowest; y -= lanes)
            {
                var here = new Vector<double>(work[(y - lanes + 2)..]);
                var below = new Vector<double>(work[(y - lanes + 1)..]);
                (((length - weight) * here + weight * below) * shares).CopyTo(work[(y - lanes + 2)..]);
                weight -= new Vector<double>(lanes);
            }
        }
        for (; y >= lowest; y--)
            work[y + 1] = ((s - y) * work[y + 1] + y * work[y]) * share;
    }

    private static long FloorDivide(long dividend, long divisor) => dividend >= 0 ? dividend / divisor : -((-dividend + divisor - 1) / divisor);
}
