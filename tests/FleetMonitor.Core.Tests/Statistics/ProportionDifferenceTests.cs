using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

public sealed class ProportionDifferenceTests
{
    /// <summary>The worked examples of Newcombe 1998, table II, method 10.</summary>
    [Theory]
    [InlineData(56, 70, 48, 80, 0.2000, 0.0524, 0.3339)]
    [InlineData(9, 10, 3, 10, 0.6000, 0.1705, 0.8090)]
    [InlineData(10, 10, 0, 10, 1.0000, 0.6075, 1.0000)]
    [InlineData(5, 56, 0, 29, 0.0893, -0.0381, 0.1926)]
    public void Of_PublishedExamples_GivesTheirIntervals(long hits1, long n1, long hits2, long n2, double value, double lower, double upper)
    {
        var interval = ProportionDifference.Of(hits1, n1, hits2, n2, 0.05)!.Value;
        Assert.Equal(value, interval.Value, 4);
        Assert.Equal(lower, interval.Lower, 4);
        Assert.Equal(upper, interval.Upper, 4);
    }

    [Fact]
    public void Of_SamplesOfKnownProportions_CoversAsOftenAsItSays()
    {
        var random = new Random(4);
        var missed = 0;
        for (var round = 0; round < 4_000; round++)
        {
            var one = Enumerable.Range(0, 60).Count(_ => random.NextDouble() < 0.9);
            var other = Enumerable.Range(0, 300).Count(_ => random.NextDouble() < 0.8);
            var interval = ProportionDifference.Of(one, 60, other, 300, 0.05)!.Value;
            if (interval.Lower > 0.1 || interval.Upper < 0.1) missed++;
        }
        Assert.InRange(missed / 4_000.0, 0.03, 0.065);
    }

    [Fact]
    public void Of_NoTrials_IsNone() => Assert.Null(ProportionDifference.Of(0, 0, 1, 2, 0.05));
}
