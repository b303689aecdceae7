using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

public sealed class RadixOrderTests
{
    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(1, 1.0)]
    [InlineData(1_000, 1.0)]
    [InlineData(5_000, 1e300)]
    [InlineData(5_000, 1e-310)]
    public void Of_AnyNumbers_IsTheStableOrder(int count, double scale)
    {
        var random = new Random(count + 1);
        double[] values = [.. Enumerable.Range(0, count).Select(i => i % 7 == 0 ? Math.Round(random.NextDouble(), 1) : (random.NextDouble() - 0.5) * scale)];
        if (count > 4) (values[1], values[2], values[3], values[4]) = (double.PositiveInfinity, double.NegativeInfinity, 0, double.Epsilon);
        var order = new int[count];
        var sorted = new double[count];

        RadixOrder.Of(values, order, sorted);

        int[] expected = [.. Enumerable.Range(0, count).OrderBy(row => values[row])];
        Assert.Equal(expected, order);
        Assert.Equal(expected.Select(row => values[row]), sorted);
    }
}
