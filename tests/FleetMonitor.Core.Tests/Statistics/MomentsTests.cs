using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

public sealed class MomentsTests
{
    [Fact]
    public void Moments_HandCase_AreNumpys()
    {
        double[] values = [4, 7, 13, 16];
        Assert.Equal(10, Moments.Mean(values));
        Assert.Equal(22.5, Moments.PopulationVariance(values));
        Assert.Equal(Math.Sqrt(22.5), Moments.PopulationStandardDeviation(values));
    }

    [Fact]
    public void Moments_LargeOffset_LoseNothing()
    {
        double[] values = [1e15 + 4, 1e15 + 7, 1e15 + 13, 1e15 + 16];
        Assert.Equal(1e15 + 10, Moments.Mean(values));
        Assert.Equal(22.5, Moments.PopulationVariance(values));
    }

    [Theory]
    [InlineData(0.1, 50_000)]
    [InlineData(1 / 3.0, 7)]
    [InlineData(-1e300, 1_000)]
    [InlineData(4.9e-324, 10)]
    [InlineData(0.0, 3)]
    public void Moments_EqualValues_HaveExactlyNoVariance(double value, int count)
    {
        var values = Enumerable.Repeat(value, count).ToArray();
        Assert.Equal(value, Moments.Mean(values));
        Assert.Equal(0.0, Moments.PopulationVariance(values));
    }

    [Fact]
    public void Moments_NothingOrTooMuch_AreNull()
    {
        Assert.Null(Moments.Mean([]));
        Assert.Null(Moments.PopulationVariance([]));
        Assert.Null(Moments.PopulationStandardDeviation([]));
        Assert.Null(Moments.PopulationVariance([-1e200, 1e200]));
        Assert.Null(Moments.Mean([1.7e308, 1.7e308, -1.7e308]));
    }
}
