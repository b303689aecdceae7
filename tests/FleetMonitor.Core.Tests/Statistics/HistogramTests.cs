using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

public sealed class HistogramTests
{
    [Fact]
    public void Count_ValueOnAnEdge_BelongsToTheBinBelow()
    {
        var counts = new long[3];
        Histogram.Count([0.5, 1, 1.5, 2, 2.5, 1], [1, 2], counts);
        Assert.Equal([3, 2, 1], counts);
    }

    [Fact]
    public void Count_InfinitiesAndNaN_FallIntoTheTailsAndNowhere()
    {
        var counts = new long[3];
        Histogram.Count([double.NegativeInfinity, double.PositiveInfinity, double.NaN, 1.5, double.NaN, double.NaN, -0.0, double.NaN, double.NaN], [1, 2], counts);
        Assert.Equal([2, 1, 1], counts);
    }

    [Fact]
    public void Count_InfiniteEdges_KeepEqualValuesBelow()
    {
        var counts = new long[3];
        Histogram.Count([double.NegativeInfinity, 0, double.MaxValue, double.PositiveInfinity], [double.NegativeInfinity, double.PositiveInfinity], counts);
        Assert.Equal([1, 3, 0], counts);
    }

    [Fact]
    public void Count_CalledTwice_Adds()
    {
        var counts = new long[2];
        Histogram.Count([0, 2], [1], counts);
        Histogram.Count([3], [1], counts);
        Assert.Equal([1, 2], counts);
    }

    [Fact]
    public void Count_NoEdges_IsOneBin()
    {
        var counts = new long[1];
        Histogram.Count([1, 2, double.NaN, 4, 5], [], counts);
        Assert.Equal([4], counts);
        Assert.Throws<ArgumentException>(() => Histogram.Count([1], [1, 2], new long[2]));
    }

    /// <summary>Scanned and searched, with every remainder of the vectors' lanes, against the definition.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(39)]
    [InlineData(Histogram.ScannedEdges)]
    [InlineData(Histogram.ScannedEdges + 1)]
    [InlineData(1000)]
    public void Count_AnyNumberOfEdges_IsTheNumberOfEdgesBelow(int edgeCount)
    {
        var random = new Random(edgeCount);
        var edges = Enumerable.Range(0, edgeCount).Select(i => (double)(3 * i)).ToArray();
        for (var length = 0; length < 40; length++)
        {
            var values = Enumerable.Range(0, length).Select(_ => random.Next(8) == 0 ? double.NaN : random.Next(-2, 3 * edgeCount + 3)).ToArray();
            var counts = new long[edgeCount + 1];
            Histogram.Count(values, edges, counts);
            var expected = new long[edgeCount + 1];
            foreach (var value in values.Where(value => !double.IsNaN(value)))
                expected[edges.Count(edge => edge < value)]++;
            Assert.Equal(expected, counts);
        }
    }
}
