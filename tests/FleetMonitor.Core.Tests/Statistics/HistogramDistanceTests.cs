using FleetMonitor.Core.Statistics;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 300)]
public sealed class HistogramDistanceTests
{
    private delegate double? Distance(ReadOnlySpan<long> reference, ReadOnlySpan<long> current);

    private static readonly Distance[] All =
    [
        (r, c) => HistogramDistance.PopulationStabilityIndex(r, c), HistogramDistance.JensenShannonDistance, HistogramDistance.Hellinger,
        HistogramDistance.TotalVariation, HistogramDistance.LInfinity, HistogramDistance.KolmogorovSmirnov,
    ];

    private static readonly Distance[] Bounded = All[1..];

    [Fact]
    public void All_HandCase_GiveTheFormulas()
    {
        // Shares 0.5, 0.25, 0.25 against 0.25, 0.25, 0.5.
        long[] r = [2, 1, 1], c = [25, 25, 50];
        Assert.Equal(0.5 * Math.Log(2), HistogramDistance.PopulationStabilityIndex(r, c)!.Value, 15);
        var divergence = 0.5 * (0.5 * Math.Log2(4 / 3.0) + 0.25 * Math.Log2(2 / 3.0)) * 2;
        Assert.Equal(Math.Sqrt(divergence), HistogramDistance.JensenShannonDistance(r, c)!.Value, 15);
        Assert.Equal(Math.Sqrt(0.5) - 0.5, HistogramDistance.Hellinger(r, c)!.Value, 15);
        Assert.Equal(0.25, HistogramDistance.TotalVariation(r, c));
        Assert.Equal(0.25, HistogramDistance.LInfinity(r, c));
        Assert.Equal(0.25, HistogramDistance.KolmogorovSmirnov(r, c));
    }

    [Fact]
    public void All_EmptySide_AreNull()
    {
        foreach (var distance in All)
        {
            Assert.Null(distance([0, 0], [1, 2]));
            Assert.Null(distance([1, 2], [0, 0]));
            Assert.Null(distance([], []));
        }
    }

    [Fact]
    public void All_NothingShared_AreAtTheirBound()
    {
        long[] r = [10, 0], c = [0, 3];
        Assert.Equal(2 * (1 - 1e-4) * Math.Log(1e4), HistogramDistance.PopulationStabilityIndex(r, c)!.Value, 12);
        foreach (var distance in Bounded)
            Assert.Equal(1, distance(r, c));
    }

    [Fact]
    public void PopulationStabilityIndex_NewCategory_IsFloored()
    {
        var expected = (0.1 - 1e-4) * Math.Log(0.1 / 1e-4) + (0.9 - 1) * Math.Log(0.9);
        Assert.Equal(expected, HistogramDistance.PopulationStabilityIndex([100, 0], [90, 10])!.Value, 14);
        Assert.Equal((0.1 - 0.01) * Math.Log(10) + -0.1 * Math.Log(0.9), HistogramDistance.PopulationStabilityIndex([100, 0], [90, 10], 0.01)!.Value, 14);
    }

    [Fact]
    public void All_MismatchedBins_Throw()
    {
        foreach (var distance in All)
            Assert.Throws<ArgumentException>(() => distance([1], [1, 2]));
    }

    /// <summary>Where scipy's own sum is noise: shares that differ by one count in a billion.</summary>
    [Fact]
    public void JensenShannonDistance_TinyChange_KeepsItsPrecision()
    {
        // δ = ±1e-9 in both bins, so the divergence is δ² / (2·ln 2).
        var distance = HistogramDistance.JensenShannonDistance([500_000_000, 500_000_000], [500_000_001, 499_999_999]);
        Close.Relative(1e-9 / Math.Sqrt(2 * Math.Log(2)), distance, 1e-6, "distance");
    }

    [Property]
    public void All_SameShares_AreZero(NonNegativeInt[] counts, PositiveInt factor)
    {
        var reference = counts.Select(count => (long)count.Get).ToArray();
        var current = reference.Select(count => count << (factor.Get % 20)).ToArray();
        foreach (var distance in All)
            Assert.Equal(reference.Sum() == 0 ? null : 0.0, distance(reference, current));
    }

    [Property]
    public void All_TwoHistograms_AreSymmetricAndOrdered((NonNegativeInt R, NonNegativeInt C)[] bins)
    {
        long[] r = [1, .. bins.Select(bin => (long)bin.R.Get)], c = [0, .. bins.Select(bin => (long)bin.C.Get), 1];
        r = [.. r, 0];
        foreach (var distance in All)
            Assert.Equal(distance(r, c)!.Value, distance(c, r)!.Value, 1e-12);
        foreach (var distance in Bounded)
            Assert.InRange(distance(r, c)!.Value, 0, 1);
        Assert.True(HistogramDistance.PopulationStabilityIndex(r, c) >= 0);

        var tv = HistogramDistance.TotalVariation(r, c)!.Value;
        var hellinger = HistogramDistance.Hellinger(r, c)!.Value;
        const double rounding = 1e-12;
        Assert.True(HistogramDistance.KolmogorovSmirnov(r, c) <= tv + rounding);
        Assert.True(HistogramDistance.LInfinity(r, c) <= tv + rounding);
        Assert.True(hellinger * hellinger <= tv + rounding && tv <= Math.Sqrt(2) * hellinger + rounding);
    }

    [Property]
    public void JensenShannonDistance_TwoHistograms_IsScipysFormula((PositiveInt R, PositiveInt C)[] bins)
    {
        double[] r = [.. bins.Select(bin => (double)bin.R.Get), 1], c = [.. bins.Select(bin => (double)bin.C.Get), 2];
        var expected = r.Zip(c, (a, b) =>
        {
            double p = a / r.Sum(), q = b / c.Sum(), m = (p + q) / 2;
            return (p * Math.Log2(p / m) + q * Math.Log2(q / m)) / 2;
        }).Sum();
        var distance = HistogramDistance.JensenShannonDistance([.. r.Select(x => (long)x)], [.. c.Select(x => (long)x)])!.Value;
        Assert.Equal(expected, distance * distance, 1e-14);
    }

    [Property]
    public void KolmogorovSmirnov_OfBins_IsALowerBoundOfTheExactOne(NonNegativeInt[] a, NonNegativeInt[] b, NonNegativeInt[] edges)
    {
        double[] left = [0, .. a.Select(x => (double)x.Get)], right = [1, .. b.Select(x => (double)x.Get)];
        double[] borders = [.. edges.Select(x => (double)x.Get).Distinct().Order()];
        long[] leftCounts = new long[borders.Length + 1], rightCounts = new long[borders.Length + 1];
        Histogram.Count(left, borders, leftCounts);
        Histogram.Count(right, borders, rightCounts);
        Array.Sort(left);
        Array.Sort(right);
        Assert.True(HistogramDistance.KolmogorovSmirnov(leftCounts, rightCounts) <= KolmogorovSmirnov.Statistic(left, right) + 1e-12);
    }
}
