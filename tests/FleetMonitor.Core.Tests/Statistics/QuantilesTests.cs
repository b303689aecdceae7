using FleetMonitor.Core.Statistics;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 300)]
public sealed class QuantilesTests
{
    private const double Inf = double.PositiveInfinity;

    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(0.1, 1.3)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.9, 3.7)]
    [InlineData(1.0, 4.0)]
    public void Linear_FourValues_InterpolatesAsNumpy(double q, double expected) => Assert.Equal(expected, Quantiles.Linear([1, 2, 3, 4], q), 15);

    [Fact]
    public void Linear_UpperHalf_TakesNumpysSecondFormula()
    {
        // Below the middle a + (b − a)·t, from it on b − (b − a)·(1 − t): the last bit tells them apart.
        var t = 0.7 * 3 - 2;
        Assert.Equal(0.3 + (1e-3 - 0.3) * 0 + (0.9 - 0.3) * t, Quantiles.Linear([0.1, 0.2, 0.3, 0.9], 0.7));
        var upper = 0.9 * 3 - 2;
        Assert.Equal(0.9 - (0.9 - 0.3) * (1 - upper), Quantiles.Linear([0.1, 0.2, 0.3, 0.9], 0.9));
    }

    [Fact]
    public void Linear_OneValue_IsThatValue()
    {
        Assert.Equal(7, Quantiles.Linear([7], 0));
        Assert.Equal(7, Quantiles.Linear([7], 0.3));
        Assert.Equal(7, Quantiles.Linear([7], 1));
    }

    [Theory]
    [InlineData(0.0, 1, Inf, 1)]
    [InlineData(0.1, 1, Inf, Inf)]
    [InlineData(0.9, 1, Inf, Inf)]
    [InlineData(0.1, -Inf, 1, -Inf)]
    [InlineData(0.9, -Inf, 1, -Inf)]
    [InlineData(1.0, -Inf, 1, 1)]
    [InlineData(0.4, -Inf, Inf, -Inf)]
    [InlineData(0.6, -Inf, Inf, Inf)]
    [InlineData(0.5, Inf, Inf, Inf)]
    [InlineData(0.5, -1.5e308, 1.5e308, 0)]
    public void Linear_InfiniteOrDistantNeighbours_IsNeverNaN(double q, double low, double high, double expected) =>
        Assert.Equal(expected, Quantiles.Linear([low, high], q));

    [Fact]
    public void Linear_NothingToRank_Throws()
    {
        Assert.Throws<ArgumentException>(() => Quantiles.Linear([], 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Quantiles.Linear([1], 1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Quantiles.Linear([1], double.NaN));
    }

    [Fact]
    public void DecileEdges_ElevenValues_AreTheInnerNine() =>
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], Quantiles.DecileEdges([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));

    [Fact]
    public void DecileEdges_FewDistinctValues_HoldNoDuplicates()
    {
        Assert.Equal([5], Quantiles.DecileEdges([5, 5, 5, 5]));
        Assert.Equal([0, 1], Quantiles.DecileEdges([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]));
        Assert.Equal([-Inf, 3, Inf], Quantiles.DecileEdges([-Inf, -Inf, -Inf, 3, 3, 3, 3, Inf, Inf, Inf, Inf]));
        Assert.Empty(Quantiles.DecileEdges([]));
    }

    [Fact]
    public void Edges_OfK_AreKMinusOneQuantiles()
    {
        var sorted = Enumerable.Range(0, 401).Select(i => (double)i).ToArray();
        var edges = Quantiles.Edges(sorted, 40);
        Assert.Equal(39, edges.Length);
        for (var i = 1; i < 40; i++)
            Assert.Equal(10.0 * i, edges[i - 1], 1e-12);
        Assert.Empty(Quantiles.Edges(sorted, 1));
    }

    [Property]
    public void Edges_AnyValues_AscendWithinTheSample(double[] values)
    {
        var sorted = values.Where(value => !double.IsNaN(value)).Order().ToArray();
        var edges = Quantiles.Edges(sorted, 40);
        Assert.Equal(edges.Distinct().Order(), edges);
        Assert.All(edges, edge => Assert.InRange(edge, sorted[0], sorted[^1]));
    }
}
