using FleetMonitor.Core.Statistics;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 300)]
public sealed class BinaryMetricsTests
{
    private const double NaN = double.NaN;

    [Fact]
    public void Compute_HandCase_GivesTheDefinitions()
    {
        var actual = BinaryMetrics.Compute([true, true, true, false, false], [true, true, false, true, false], [0.9, 0.8, 0.3, 0.6, 0.3]);
        Assert.Equal(5, actual.Count);
        Assert.Equal(0.6, actual.Accuracy);
        Assert.Equal(2 / 3.0, actual.Precision);
        Assert.Equal(2 / 3.0, actual.Recall);
        Assert.Equal(2 / 3.0, actual.F1);
        // 4 of 6 pairs won and one tied.
        Assert.Equal(4.5 / 6, actual.Auroc);
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.8) + Math.Log(0.3) + Math.Log(0.4) + Math.Log(0.7)) / 5, actual.LogLoss!.Value, 15);
        Assert.Equal((0.01 + 0.04 + 0.49 + 0.36 + 0.09) / 5, actual.Brier!.Value, 15);
        // Bins of 0.9, 0.8, 0.6 and, shared by one positive and one negative, 0.3.
        Assert.Equal((0.1 + 0.2 + 0.6 + 0.4) / 5, actual.Ece!.Value, 15);
    }

    [Fact]
    public void Compute_NoRows_IsAllNull() =>
        Assert.Equal(new ClassificationPerformance(0, null, null, null, null, null, null, null, null), BinaryMetrics.Compute([], [], []));

    [Fact]
    public void Compute_NoScores_StillCountsRows()
    {
        var expected = new ClassificationPerformance(2, 0.5, 0, 0, 0, null, null, null, null);
        Assert.Equal(expected, BinaryMetrics.Compute([true, false], [false, false], []));
        Assert.Equal(expected, BinaryMetrics.Compute([true, false], [false, false], [NaN, NaN]));
    }

    [Fact]
    public void Compute_SomeScoresMissing_LeavesThoseRowsOutOfTheScoresOnly()
    {
        var some = BinaryMetrics.Compute([true, false, true, false], [true, false, false, true], [0.9, NaN, NaN, 0.2]);
        var those = BinaryMetrics.Compute([true, false], [true, true], [0.9, 0.2]);
        Assert.Equal(0.5, some.Accuracy);
        Assert.Equal((those.Auroc, those.LogLoss, those.Brier, those.Ece), (some.Auroc, some.LogLoss, some.Brier, some.Ece));
    }

    [Fact]
    public void Compute_OneClass_HasNoAuroc()
    {
        var actual = BinaryMetrics.Compute([true], [true], [0.75]);
        Assert.Equal(1, actual.Accuracy);
        Assert.Null(actual.Auroc);
        Assert.Equal(-Math.Log(0.75), actual.LogLoss!.Value, 15);
        Assert.Equal(0.25, actual.Ece);
        Assert.Null(BinaryMetrics.Compute([false, false], [true, false], [0.1, 0.9]).Auroc);
    }

    [Fact]
    public void Compute_AllScoresEqual_HasAnAurocOfOneHalf() =>
        Assert.Equal(0.5, BinaryMetrics.Compute([true, false, false], [true, true, true], [0.5, 0.5, 0.5]).Auroc);

    [Fact]
    public void Compute_CertainAndWrong_IsClipped()
    {
        var actual = BinaryMetrics.Compute([true, false], [false, true], [0, 1]);
        Assert.Equal(34.539, actual.LogLoss!.Value, 3);
        Assert.Equal(1, actual.Brier);
        Assert.Equal(1, actual.Ece);
    }

    [Theory]
    [InlineData(3.5)]
    [InlineData(-0.1)]
    [InlineData(double.PositiveInfinity)]
    public void Compute_ScoreThatIsNoProbability_KeepsTheAurocOnly(double score)
    {
        var actual = BinaryMetrics.Compute([score > 0, score < 0], [true, false], [score, 0.5]);
        Assert.Equal(1, actual.Auroc);
        Assert.Equal((null, null, null), (actual.LogLoss, actual.Brier, actual.Ece));
    }

    [Fact]
    public void Compute_ColumnsOfDifferentLengths_Throws()
    {
        Assert.Throws<ArgumentException>(() => BinaryMetrics.Compute([true], [], []));
        Assert.Throws<ArgumentException>(() => BinaryMetrics.Compute([true, true], [true, true], [0.5]));
    }

    [Property]
    public void Auroc_AnyScores_IsTheShareOfPairsWon((bool Truth, byte Score)[] rows)
    {
        var truth = rows.Select(row => row.Truth).ToArray();
        var score = rows.Select(row => row.Score % 10 == 9 ? NaN : row.Score % 10 / 8.0).ToArray();
        var scored = truth.Zip(score).Where(row => !double.IsNaN(row.Second)).ToArray();
        var pairs = (from p in scored from n in scored where p.First && !n.First select p.Second > n.Second ? 1 : p.Second == n.Second ? 0.5 : 0).ToArray();

        var actual = BinaryMetrics.Compute(truth, truth, score);
        if (pairs.Length == 0)
            Assert.Null(actual.Auroc);
        else
            Assert.Equal(pairs.Average(), actual.Auroc!.Value, 1e-12);
        var mirrored = BinaryMetrics.Compute(truth, truth, score.Select(value => 1 - value).ToArray());
        Assert.Equal(actual.Auroc, mirrored.Auroc is { } area ? 1 - area : null, (a, b) => Math.Abs((a ?? 0) - (b ?? 0)) < 1e-12);
    }

    [Property]
    public void Compute_AnyRows_StaysInRange((bool Truth, bool Predicted, byte Score)[] rows)
    {
        var actual = BinaryMetrics.Compute(
            rows.Select(row => row.Truth).ToArray(), rows.Select(row => row.Predicted).ToArray(), rows.Select(row => row.Score / 255.0).ToArray());
        foreach (var share in new[] { actual.Accuracy, actual.Precision, actual.Recall, actual.F1, actual.Auroc, actual.Brier, actual.Ece })
            Assert.True(share is null or (>= 0 and <= 1));
        Assert.True(actual.LogLoss is null or (>= 0 and < 35));
        Assert.Equal(rows.Length == 0, actual.Accuracy is null);
    }
}
