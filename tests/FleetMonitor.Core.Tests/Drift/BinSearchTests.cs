using FleetMonitor.Core.Drift;
using Xunit;

namespace FleetMonitor.Core.Tests.Drift;

public sealed class BinSearchTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(41)]
    [InlineData(63)]
    public void Find_AgreesWithCountingTheEdgesBelow(int edgeCount)
    {
        var random = new Random(edgeCount);
        double[] edges = [.. Enumerable.Range(0, edgeCount).Select(_ => Math.Round(random.NextDouble() * 20) / 2).Distinct().Order()];
        var table = BinSearch.Table(edges);
        // Values on the edges, next to them, beyond them.
        double[] values = [double.NegativeInfinity, double.PositiveInfinity, -1, 11, 0, -0.0, .. edges, .. edges.Select(Math.BitDecrement), .. edges.Select(Math.BitIncrement), .. Enumerable.Range(0, 500).Select(_ => random.NextDouble() * 12)];
        var bins = new byte[values.Length];
        BinSearch.Find(values, table, bins);
        for (var i = 0; i < values.Length; i++)
        {
            var expected = edges.Count(edge => edge < values[i]);
            Assert.Equal(expected, bins[i]);
            Assert.Equal(expected, BinSearch.Scalar(table, values[i]));
        }
    }
}
