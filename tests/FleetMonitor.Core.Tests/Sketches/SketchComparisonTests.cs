using FleetMonitor.Core.Sketches;
using FleetMonitor.Core.Statistics;
using FleetMonitor.Core.Tests.Monitoring;
using Xunit;

namespace FleetMonitor.Core.Tests.Sketches;

public sealed class SketchComparisonTests
{
    [Fact]
    public void PValue_OfTheSameDataUnderOtherSeeds_NeverAlarms()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            double[] values = [.. Scenario.Normal(30_000, seed)];
            Assert.InRange(SketchComparison.PValue(KllSketchTests.SketchOf(values, 100, 1), KllSketchTests.SketchOf(values, 100, (ulong)seed + 2)), 0.1, 1);
        }
    }

    [Fact]
    public void PValue_OfTheSameDistribution_IsBelowOneInAThousandAlmostNever()
    {
        var small = 0;
        for (var seed = 0; seed < 300; seed++)
        {
            var (a, b) = (KllSketchTests.SketchOf([.. Scenario.Normal(4_000, seed)], 200, 1), KllSketchTests.SketchOf([.. Scenario.Normal(4_000, seed + 1_000)], 200, 2));
            if (SketchComparison.PValue(a, b) < 0.001) small++;
        }
        Assert.InRange(small, 0, 2);
    }

    [Fact]
    public void Statistics_OfAShift_AreWithinTheErrorAndSignificant()
    {
        double[] a = [.. Scenario.Normal(30_000, 1).Order()], b = [.. Scenario.Normal(30_000, 2, mean: 0.3).Order()];
        KllSketch left = KllSketchTests.SketchOf(a, 200, 1), right = KllSketchTests.SketchOf(b, 200, 2);
        var exact = KolmogorovSmirnov.Statistic(a, b);
        Assert.Equal(exact, SketchComparison.KolmogorovSmirnov(left, right), left.RankErrorOfAll + right.RankErrorOfAll);
        Assert.InRange(SketchComparison.PValue(left, right), 0, 1e-6);
        var (distance, least) = SketchComparison.Wasserstein(left, right)!.Value;
        Assert.Equal(Wasserstein.Distance(a, b), distance, 0.02);
        Assert.InRange(least, 0.01, distance);
    }

    [Fact]
    public void Statistics_OfSmallSamples_AreExact()
    {
        double[] a = [.. Scenario.Normal(150, 3).Order()], b = [.. Scenario.Normal(100, 4, mean: 1).Order()];
        KllSketch left = KllSketchTests.SketchOf(a, 200, 1), right = KllSketchTests.SketchOf(b, 200, 2);
        var exact = KolmogorovSmirnov.Statistic(a, b);
        Assert.Equal(exact, SketchComparison.KolmogorovSmirnov(left, right), 1e-12);
        Assert.Equal(KolmogorovSmirnov.PValueLimit(exact, 150, 100), SketchComparison.PValue(left, right), 1e-12);
        var (distance, least) = SketchComparison.Wasserstein(left, right)!.Value;
        Assert.Equal(Wasserstein.Distance(a, b)!, distance, 1e-9);
        Assert.Equal(distance, least);
    }

    [Fact]
    public void Statistics_OfAnEmptySketch_DoNotExist()
    {
        var one = KllSketchTests.SketchOf([1, 2, 3], 200, 1);
        Assert.Equal(1, SketchComparison.PValue(one, new KllSketch()));
        Assert.Null(SketchComparison.Wasserstein(new KllSketch(), one));
    }
}
