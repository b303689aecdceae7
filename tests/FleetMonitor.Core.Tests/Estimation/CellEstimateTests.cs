using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Tests.Statistics;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Estimation;

[Properties(Replay = "5,9", MaxTest = 200)]
public sealed class CellEstimateTests
{
    /// <summary>The stated bound: the mean, over the rows, of how far the calibration rises within a row's bin.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 4)]
    public void Estimate_OverBins_IsOffByNoMoreThanTheCalibrationRisesInThem(int seed, int power)
    {
        var (reference, outcomes) = Uniform.Outcomes((ulong)seed, 20_000, s => 0.1 + (0.7 * s));
        reference = [.. reference.Select(s => Math.Pow(s, power))];
        bool[] right = [.. reference.Zip(outcomes, (s, o) => s > 0.4 == o)];
        var calibration = ReferenceCalibration.OfReference(reference, outcomes, right)!;
        var calibrator = ScoreCalibration.Fit(reference, outcomes)!;
        // The window's scores lie otherwise than the reference's.
        double[] scores = [.. Uniform.Numbers((ulong)seed + 50, 3_000).Select(s => Math.Sqrt(s))];
        bool[] predicted = [.. scores.Select(s => s > 0.4)];
        var exact = BinaryEstimate.Of(scores, predicted, calibrator);
        var binned = CellEstimate.Of(Rows(scores, predicted), calibration.Probabilities);

        double Rise(double score)
        {
            var bin = ScoreGrid.BinOf(score);
            double low = score, high = score;
            while (low > 0 && ScoreGrid.BinOf(Math.BitDecrement(low)) == bin) low -= Math.Min(low, 1e-4);
            while (high < 1 && ScoreGrid.BinOf(Math.Min(1, high + 1e-4)) == bin) high = Math.Min(1, high + 1e-4);
            return calibrator.Calibrate(Math.Min(1, high + 1e-4)) - calibrator.Calibrate(Math.Max(0, low - 1e-4));
        }

        var bound = scores.Average(Rise);
        Assert.InRange(bound, 0, 0.01);
        Assert.Equal(exact.Count, binned.Count);
        Close.Absolute(exact.Accuracy!.Value, binned.Accuracy, bound, "accuracy");
        Close.Absolute(exact.F1!.Value, binned.F1, 2 * bound, "f1");
        Close.Absolute(exact.Auroc!.Value, binned.Auroc, 2 * bound, "auroc");
    }

    [Fact]
    public void Estimate_OfScoresOfTwoDigits_LosesNothingToTheBins()
    {
        var (reference, outcomes) = Uniform.Outcomes(1, 10_000, s => 0.1 + (0.7 * s));
        reference = [.. reference.Select(s => Math.Round(s, 2))];
        var calibration = ReferenceCalibration.OfReference(reference, outcomes, outcomes)!;
        double[] scores = [.. Uniform.Numbers(7, 3_000).Select(s => Math.Round(s * s, 2))];
        bool[] predicted = [.. scores.Select(s => s > 0.4)];
        var exact = BinaryEstimate.Of(scores, predicted, ScoreCalibration.Fit(reference, outcomes));
        var binned = CellEstimate.Of(Rows(scores, predicted), calibration.Probabilities);
        Close.Absolute(exact.Accuracy!.Value, binned.Accuracy, 1e-12, "accuracy");
        Close.Absolute(exact.Precision!.Value, binned.Precision, 1e-12, "precision");
        Close.Absolute(exact.Recall!.Value, binned.Recall, 1e-12, "recall");
        Close.Absolute(exact.Auroc!.Value, binned.Auroc, 1e-12, "auroc");
    }

    [Property]
    public void Bins_OfAnyScore_AreTheEdgesBelowIt(double value)
    {
        var score = double.IsFinite(value) ? Math.Abs(value) % 1 : 0.5;
        foreach (var s in new[] { score, Math.Round(score, 2), Math.Round(score * 200) / 200, score * 1e-5, 1 - (score * 1e-5), 0, 1 })
        {
            var bin = ScoreGrid.BinOf(s);
            Assert.InRange(bin, 0, ScoreGrid.Bins - 1);
            Assert.True(bin == 0 ? s <= 0 : ScoreGrid.BinOf(Math.Max(0, s - 1e-9)) <= bin);
            Assert.Equal(bin, ScoreGrid.BinOf(ScoreGrid.MiddleOf(bin)));
        }
    }

    [Property]
    public void Verdicts_InWhateverParts_LeaveTheSameTrust(bool[] windows, byte[] cuts)
    {
        var straight = default(EstimateTrust);
        foreach (var agrees in windows) straight.Observe(agrees);

        var merged = default(EstimateTrust);
        for (int start = 0, part = 0; start < windows.Length; part++)
        {
            var end = Math.Min(windows.Length, start + 1 + (cuts.Length == 0 ? 3 : cuts[part % cuts.Length] % 7));
            var verdicts = windows[start..end].Aggregate(default(WindowVerdicts), (before, agrees) => before.Then(WindowVerdicts.Of(agrees)));
            verdicts.Apply(ref merged);
            start = end;
        }
        Assert.Equal(straight, merged);
    }

    private static long[] Rows(double[] scores, bool[] predicted)
    {
        var rows = new long[ScoreCells.Count(TaskKind.Binary)];
        for (var i = 0; i < scores.Length; i++) rows[ScoreCells.OfBinary(scores[i], predicted[i])]++;
        return rows;
    }
}
