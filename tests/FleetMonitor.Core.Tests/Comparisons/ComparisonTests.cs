using FleetMonitor.Core.Comparisons;
using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Comparisons;

/// <summary>
/// Against scipy 1.10: <c>binom</c> for McNemar; likelihoods maximised numerically and roots by <c>brentq</c> for Tango and the sequences;
/// <c>ttest_ind</c> and <c>ttest_rel</c> for Student.
/// </summary>
public sealed class ComparisonTests
{
    [Theory]
    [InlineData(12, 2, 0.012939453125, 0.00738525390625)]
    [InlineData(2, 12, 0.012939453125, 0.00738525390625)]
    [InlineData(1, 0, 1, 0.5)]
    [InlineData(25, 11, 0.0288167196559, 0.0200738519197)]
    [InlineData(150, 113, 0.0262404695465, 0.0225946164173)]
    [InlineData(5, 5, 1, 1)]
    [InlineData(0, 0, 1, 1)]
    [InlineData(3, 40, 3.02134139929e-09, 1.61833213497e-09)]
    public void McNemar_IsTheBinomialTest(long onlyFirst, long onlySecond, double exact, double midP)
    {
        Assert.Equal(exact, McNemar.Exact(onlyFirst, onlySecond), 1e-11);
        Assert.Equal(midP, McNemar.MidP(onlyFirst, onlySecond), 1e-11);
    }

    [Theory]
    [InlineData(36, 12, 2, 0, 0.2, 0.06111241, 0.34470875)]
    [InlineData(43, 1, 0, 6, 0.02, -0.05277455, 0.10495444)]
    [InlineData(200, 25, 11, 64, 0.04666667, 0.00785267, 0.08831503)]
    [InlineData(1000, 150, 113, 237, 0.02466667, 0.00349833, 0.04600213)]
    public void PairedProportions_AreTangosInterval(long both, long first, long second, long neither, double value, double lower, double upper)
    {
        var interval = PairedProportions.Of(new PairedCounts(both, first, second, neither), 0.05)!.Value;
        Assert.Equal((value, lower, upper), (Math.Round(interval.Value, 8), interval.Lower, interval.Upper), Near(1e-6));
        var turned = PairedProportions.Of(new PairedCounts(both, second, first, neither), 0.05)!.Value;
        Assert.Equal((-interval.Value, -interval.Upper, -interval.Lower), (turned.Value, turned.Lower, turned.Upper), Near(1e-12));
    }

    [Theory]
    [InlineData(10, 0, 0, 0)]
    [InlineData(0, 10, 0, 0)]
    [InlineData(0, 0, 10, 0)]
    [InlineData(5, 0, 3, 0)]
    public void Intervals_AtTheEdge_HoldWhatWasSeen(long both, long first, long second, long neither)
    {
        var pairs = new PairedCounts(both, first, second, neither);
        var interval = PairedProportions.Of(pairs, 0.05)!.Value;
        var sequence = CountSequence.Paired(pairs, 0.05)!.Value;
        Assert.InRange(pairs.Difference, interval.Lower - 1e-12, interval.Upper + 1e-12);
        Assert.InRange(pairs.Difference, sequence.Lower - 1e-12, sequence.Upper + 1e-12);
        Assert.InRange(interval.Lower, sequence.Lower - 1e-9, 1);
        Assert.InRange(interval.Upper, -1, sequence.Upper + 1e-9);
        Assert.True(double.IsFinite(sequence.LogE));
    }

    [Fact]
    public void MeanDifference_IsStudents()
    {
        var welch = MeanDifference.Welch(new MeanSample(30, -0.06606666666666668, 0.7083682022988506), new MeanSample(25, 0.56324, 3.419499856666667), 0.05)!.Value;
        Assert.Equal(0.12587696982877108, welch.PValue, 1e-9);
        Assert.Equal((-1.4448724706975897, 0.18625913736425637), (welch.Lower, welch.Upper), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-8);
        var paired = MeanDifference.Paired(new MeanSample(25, -0.56032, 4.958109643333333), 0.05)!.Value;
        Assert.Equal(0.22042460123751723, paired.PValue, 1e-9);
        Assert.Equal(-1.4794488693804186, paired.Lower, 1e-8);
        Assert.Equal(0.3588088693804188, paired.Upper, 1e-8);
        Assert.Null(MeanDifference.Paired(new MeanSample(1, 3, 0), 0.05));
        Assert.Equal(new TestedDifference(2, 2, 2, 0), MeanDifference.Paired(new MeanSample(9, 2, 0), 0.05));
    }

    [Theory]
    [InlineData(36, 12, 2, 0, -0.07522750, 0.47633294, 0.01611385)]
    [InlineData(200, 25, 11, 64, -0.03863276, 0.13865785, -2.91555892)]
    [InlineData(1000, 150, 113, 237, -0.02465639, 0.07454647, -4.70289042)]
    public void CountSequence_OfPairs_IsTheMixturesLikelihoodRatio(long both, long first, long second, long neither, double lower, double upper, double logE)
    {
        var sequence = CountSequence.Paired(new PairedCounts(both, first, second, neither), 0.05)!.Value;
        Assert.Equal((lower, upper, logE), (sequence.Lower, sequence.Upper, sequence.LogE), Near(1e-6));
    }

    [Theory]
    [InlineData(80, 100, 60, 100, -0.05931066, 0.44508336, -0.23130812)]
    [InlineData(900, 1000, 1750, 2000, -0.03367000, 0.07871029, -5.63842233)]
    public void CountSequence_OfTwoSamples_IsTheMixturesLikelihoodRatio(long hits1, long n1, long hits2, long n2, double lower, double upper, double logE)
    {
        var sequence = CountSequence.TwoSamples(hits1, n1, hits2, n2, 0.05)!.Value;
        Assert.Equal((lower, upper, logE), (sequence.Lower, sequence.Upper, sequence.LogE), Near(1e-6));
    }

    /// <summary>
    /// Equal versions, looked at after every label: evidence speaks in at most 5 % of the streams. (30 of 300 would be a chance of 3 in 10,000 at
    /// exactly 5 %.)
    /// </summary>
    [Theory]
    [InlineData(0.02, 1)]
    [InlineData(0.25, 2)]
    public void CountSequence_OfEqualVersionsLookedAtAlways_RarelySpeaks(double discordant, int seed)
    {
        int paired = 0, split = 0;
        var random = new Random(seed);
        for (var stream = 0; stream < 300; stream++)
        {
            var pairs = default(PairedCounts);
            long hits1 = 0, n1 = 0, hits2 = 0, n2 = 0;
            bool spokeOfPairs = false, spokeOfSamples = false;
            for (var look = 0; look < 600; look++)
            {
                var draw = random.NextDouble();
                pairs = draw < discordant / 2 ? pairs with { OnlyFirst = pairs.OnlyFirst + 1 } : draw < discordant ? pairs with { OnlySecond = pairs.OnlySecond + 1 } : pairs with { Both = pairs.Both + 1 };
                spokeOfPairs |= CountSequence.LogE(pairs) >= Math.Log(20);
                var hit = random.NextDouble() < 1 - discordant;
                // The shares may change while it runs.
                if (random.NextDouble() < (look < 300 ? 0.1 : 0.5)) (hits1, n1) = (hits1 + (hit ? 1 : 0), n1 + 1);
                else (hits2, n2) = (hits2 + (hit ? 1 : 0), n2 + 1);
                if (look % 5 == 0 && n1 > 0 && n2 > 0) spokeOfSamples |= CountSequence.LogE(hits1, n1, hits2, n2) >= Math.Log(20);
            }
            if (spokeOfPairs) paired++;
            if (spokeOfSamples) split++;
        }
        Assert.InRange(paired, 0, 30);
        Assert.InRange(split, 0, 30);
    }

    [Fact]
    public void MeanSequence_OfEqualMeansLookedAtAlways_RarelySpeaks()
    {
        int paired = 0, split = 0;
        for (var stream = 0; stream < 300; stream++)
        {
            var random = new Random(1_000 + stream);
            double sum = 0, squares = 0, sum1 = 0, squares1 = 0, sum2 = 0, squares2 = 0;
            long n1 = 0, n2 = 0;
            bool spokeOfPairs = false, spokeOfSamples = false;
            for (var n = 1; n <= 3_000; n++)
            {
                // Exponential errors, less their mean: far from normal.
                double One() => -Math.Log(1 - random.NextDouble());
                var d = One() - One();
                (sum, squares) = (sum + d, squares + (d * d));
                spokeOfPairs |= MeanSequence.Paired(MeanSample.Of(n, sum, squares), 0.05) is { } found && (found.Lower > 0 || found.Upper < 0);
                var value = One();
                if (random.Next(4) == 0) (n1, sum1, squares1) = (n1 + 1, sum1 + value, squares1 + (value * value));
                else (n2, sum2, squares2) = (n2 + 1, sum2 + value, squares2 + (value * value));
                spokeOfSamples |= MeanSequence.TwoSamples(MeanSample.Of(n1, sum1, squares1), MeanSample.Of(n2, sum2, squares2), 0.05) is { } two && (two.Lower > 0 || two.Upper < 0);
            }
            if (spokeOfPairs) paired++;
            if (spokeOfSamples) split++;
        }
        Assert.InRange(paired, 0, 30);
        Assert.InRange(split, 0, 30);
    }

    [Fact]
    public void Sequences_OfARealDifference_FindItAndNarrowAroundIt()
    {
        var random = new Random(5);
        var pairs = default(PairedCounts);
        var found = 0;
        for (var n = 1; n <= 20_000; n++)
        {
            var draw = random.NextDouble();
            pairs = draw < 0.08 ? pairs with { OnlyFirst = pairs.OnlyFirst + 1 } : draw < 0.12 ? pairs with { OnlySecond = pairs.OnlySecond + 1 } : pairs with { Neither = pairs.Neither + 1 };
            if (found == 0 && CountSequence.LogE(pairs) >= Math.Log(20) && CountSequence.Paired(pairs, 0.05)!.Value.Lower > 0) found = n;
        }
        Assert.InRange(found, 100, 4_000);
        var sequence = CountSequence.Paired(pairs, 0.05)!.Value;
        Assert.InRange(0.04, sequence.Lower, sequence.Upper);
        Assert.InRange(sequence.Upper - sequence.Lower, 0, 0.03);
        Assert.True(sequence.LogE > Math.Log(1e6));
    }

    [Fact]
    public void Wilson_HoldsTheShare_AndIsStatsmodels()
    {
        // proportion_confint(7, 50, method="wilson")
        var interval = ProportionDifference.Wilson(7, 50, 0.05);
        Assert.Equal((0.14, 0.06950833, 0.26186194), (interval.Value, interval.Lower, interval.Upper), Near(1e-6));
        Assert.Equal(0, ProportionDifference.Wilson(0, 10, 0.05).Lower);
    }

    private static Func<(double, double, double), (double, double, double), bool> Near(double tolerance) =>
        (a, b) => Math.Abs(a.Item1 - b.Item1) < tolerance && Math.Abs(a.Item2 - b.Item2) < tolerance && Math.Abs(a.Item3 - b.Item3) < tolerance;
}
