using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Statistics;
using FleetMonitor.Core.Tests.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Estimation;

/// <summary>Splits and decisions against scikit-learn 1.2.1 on the same streams (StratifiedShuffleSplit(10, test_size=0.1, random_state=42), IsotonicRegression).</summary>
public sealed class ScoreCalibrationTests
{
    [Theory]
    [InlineData(1, 1000, "as it is", new[] { 49417, 51261, 47901, 50655, 51153, 48499, 52670, 52065, 48765, 47149 }, 0.03792404379686603, 0.05532532928301274)]
    [InlineData(7, 2000, "as it is", new[] { 198723, 210688, 198784, 192290, 199948, 191799, 212813, 199206, 204261, 192558 }, 0.029749147425403057, 0.021535579125725172)]
    [InlineData(11, 1500, "off", new[] { 107617, 119059, 107903, 109820, 111939, 117238, 110877, 109574, 112237, 119706 }, 0.15817042410468263, 0.03276295067530675)]
    [InlineData(15, 3001, "as it is", new[] { 466455, 432896, 457839, 459136, 433914, 453439, 436275, 474635, 453724, 438063 }, 0.022842346953576596, 0.018768181040588746)]
    [InlineData(19, 5000, "as it is", new[] { 1334404, 1227038, 1253074, 1238476, 1252691, 1254414, 1271607, 1265926, 1196383, 1274769 }, 0.021349236059666217, 0.02279567144579614)]
    public void HeldOutRows_AndTheirErrors_AreScikitLearns(int seed, int rows, string shape, int[] sums, double before, double after)
    {
        var (scores, outcomes) = Uniform.Outcomes((ulong)seed, rows, s => shape == "off" ? (s * 0.6) + 0.05 : s);
        var splits = new StratifiedSplits(outcomes, ScoreCalibration.Seed);
        foreach (var sum in sums)
        {
            var heldOut = splits.Next().ToArray();
            Assert.Equal(splits.HeldOutRows, heldOut.Distinct().Count());
            Assert.Equal(sum, heldOut.Sum());
        }
        var errors = ScoreCalibration.HeldOutErrors(scores, outcomes)!.Value;
        Close.Absolute(before, errors.Before, 1e-12, "before");
        // numpy's sort decides which of the equal calibrated scores beside a bin's edge falls where: a decision closer than that can come out otherwise.
        Close.Absolute(after, errors.After, 4e-3, "after");
        Assert.Equal(before > after, ScoreCalibration.Fit(scores, outcomes) is not null);
    }

    [Theory]
    [InlineData(3, 1_000, 0)]
    [InlineData(4, 2_500, 2)]
    [InlineData(5, 997, 1)]
    [InlineData(6, 4_000, 16)]
    public void HeldOutErrors_AreThoseOfThePlainWay(int seed, int rows, int digits)
    {
        var (scores, outcomes) = Uniform.Outcomes((ulong)seed, rows, s => (s * 0.8) + 0.1);
        // With digits: scores that tie. With 16: neighbours that are closer than what counts as one.
        scores = digits == 16 ? [.. scores.Select(s => Math.Round(s, 2) + (s * 4e-15))] : digits > 0 ? [.. scores.Select(s => Math.Round(s, digits))] : scores;
        var plain = new PlainScoreCalibration(scores, outcomes).HeldOutErrors();
        var errors = ScoreCalibration.HeldOutErrors(scores, outcomes)!.Value;
        Close.Absolute(plain.Before, errors.Before, 1e-13, "before");
        Close.Absolute(plain.After, errors.After, 1e-13, "after");
        Assert.True(plain.Before > 0 && plain.After > 0);
    }

    [Fact]
    public void Auroc_OfPooledOutcomes_IsThatOfTheRows()
    {
        var (scores, outcomes) = Uniform.Outcomes(8, 3_000, s => s);
        scores = [.. scores.Select(s => Math.Round(s, 2))];
        Assert.Equal(RocCurve.Area(outcomes, scores), new PooledOutcomes(scores, outcomes).Auroc());
        Assert.Null(new PooledOutcomes(scores, new bool[scores.Length]).Auroc());
    }

    [Fact]
    public void Fit_OfOneClassOrAPerfectScore_IsNotNeeded()
    {
        var scores = Uniform.Numbers(1, 1_000);
        Assert.Null(ScoreCalibration.Fit(scores, new bool[1_000]));
        Assert.Null(ScoreCalibration.Fit(scores, [.. scores.Select(s => s > 0.3)]));
        Assert.Null(ScoreCalibration.Fit([0.1, 0.9, 0.3], [false, true, true]));
        Assert.Null(ScoreCalibration.Fit([], []));
    }
}
