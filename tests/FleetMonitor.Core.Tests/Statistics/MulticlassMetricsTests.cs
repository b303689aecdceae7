using FleetMonitor.Core.Statistics;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 300)]
public sealed class MulticlassMetricsTests
{
    private const double NaN = double.NaN;

    [Fact]
    public void Compute_ThreeClasses_AveragesAsScikitLearn()
    {
        var actual = MulticlassMetrics.Compute([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], 3, []);
        Assert.Equal(6, actual.Count);
        Assert.Equal(2 / 6.0, actual.Accuracy);
        Assert.Equal(2 / 9.0, actual.Precision!.Value, 15);
        Assert.Equal(1 / 3.0, actual.Recall!.Value, 15);
        Assert.Equal(0.8 / 3, actual.F1!.Value, 15);
        Assert.Equal((null, null, null, null), (actual.Auroc, actual.LogLoss, actual.Brier, actual.Ece));
    }

    [Fact]
    public void Compute_ClassNeverSeen_IsNotAveraged()
    {
        // Class 1 is only predicted, class 2 is only true, class 3 neither.
        var actual = MulticlassMetrics.Compute([0, 0, 2], [0, 1, 0], 4, []);
        Assert.Equal(0.5 / 3, actual.Precision!.Value, 15);
        Assert.Equal(0.5 / 3, actual.Recall!.Value, 15);
        Assert.Equal(0.5 / 3, actual.F1!.Value, 15);
    }

    [Fact]
    public void Compute_Probabilities_GiveTheDefinitions()
    {
        double[] probabilities = [0.7, 0.2, 0.1, 0.3, 0.4, 0.3, 0.1, 0.3, 0.6, 0.5, 0.25, 0.25];
        var actual = MulticlassMetrics.Compute([0, 1, 2, 1], [0, 1, 2, 0], 3, probabilities);
        Assert.Equal(-(Math.Log(0.7) + Math.Log(0.4) + Math.Log(0.6) + Math.Log(0.25)) / 4, actual.LogLoss!.Value, 14);
        Assert.Equal(((0.09 + 0.04 + 0.01) + (0.09 + 0.36 + 0.09) + (0.01 + 0.09 + 0.16) + (0.25 + 0.5625 + 0.0625)) / 4, actual.Brier!.Value, 14);
        Assert.Equal((0.3 + 0.6 + 0.4 + 0.5) / 4, actual.Ece!.Value, 14);
        // Against the rest class 0 wins 3 of 3 pairs, class 1 wins 3 of 4, class 2 wins 3 of 3.
        Assert.Equal((1 + 0.75 + 1) / 3, actual.Auroc!.Value, 14);
    }

    [Fact]
    public void Compute_UnnormalisedRow_IsNormalisedForTheLogLossOnly()
    {
        var actual = MulticlassMetrics.Compute([0], [0], 3, [0.2, 0.2, 0.2]);
        Assert.Equal(Math.Log(3), actual.LogLoss!.Value, 14);
        Assert.Equal(0.64 + 0.04 + 0.04, actual.Brier!.Value, 14);
        Assert.Equal(0.8, actual.Ece!.Value, 14);
        Assert.Equal(-Math.Log(1e-15 / (1 - 1e-15 + 2e-15)), MulticlassMetrics.Compute([0], [1], 3, [0, 1, 0]).LogLoss!.Value, 12);
    }

    [Fact]
    public void Compute_RowsWithoutProbabilities_CountForAccuracyOnly()
    {
        double[] probabilities = [NaN, NaN, NaN, 0.7, 0.2, 0.1, 0.5, NaN, 0.5, 0.1, 0.8, 0.1];
        var some = MulticlassMetrics.Compute([0, 0, 1, 1], [1, 0, 1, 1], 3, probabilities);
        var those = MulticlassMetrics.Compute([0, 1], [0, 1], 3, [0.7, 0.2, 0.1, 0.1, 0.8, 0.1]);
        Assert.Equal(0.75, some.Accuracy);
        Assert.Equal((those.Auroc, those.LogLoss, those.Brier, those.Ece), (some.Auroc, some.LogLoss, some.Brier, some.Ece));
        Assert.Equal(1, some.Auroc);
    }

    [Fact]
    public void Compute_OneClassOrNoRows_HasNoAuroc()
    {
        Assert.Null(MulticlassMetrics.Compute([1, 1], [1, 0], 2, [0.4, 0.6, 0.6, 0.4]).Auroc);
        Assert.Equal(new ClassificationPerformance(0, null, null, null, null, null, null, null, null), MulticlassMetrics.Compute([], [], 3, []));
        Assert.Null(MulticlassMetrics.Compute([1], [1], 2, [NaN, NaN]).LogLoss);
    }

    [Fact]
    public void Compute_ValueThatIsNoProbability_KeepsTheAurocOnly()
    {
        var actual = MulticlassMetrics.Compute([0, 1], [0, 1], 2, [2.5, -2.5, -1, 1]);
        Assert.Equal(1, actual.Auroc);
        Assert.Equal((null, null, null), (actual.LogLoss, actual.Brier, actual.Ece));
    }

    [Property]
    public void Compute_TwoClasses_AgreesWithBinary((bool Truth, bool Predicted, byte Score)[] rows)
    {
        // Sixteenths are exact, and so is what is left to 1.
        var score = rows.Select(row => row.Score % 17 / 16.0).ToArray();
        var binary = BinaryMetrics.Compute(rows.Select(row => row.Truth).ToArray(), rows.Select(row => row.Predicted).ToArray(), score);
        var multiclass = MulticlassMetrics.Compute(
            rows.Select(row => row.Truth ? 1 : 0).ToArray(), rows.Select(row => row.Predicted ? 1 : 0).ToArray(), 2,
            score.SelectMany(value => new[] { 1 - value, value }).ToArray());
        Assert.Equal(binary.Accuracy, multiclass.Accuracy);
        Assert.Equal(binary.Auroc is null, multiclass.Auroc is null);
        Assert.Equal(binary.Auroc ?? 0, multiclass.Auroc ?? 0, 1e-12);
        Assert.Equal(2 * binary.Brier ?? 0, multiclass.Brier ?? 0, 1e-12);
        Assert.Equal(binary.LogLoss ?? 0, multiclass.LogLoss ?? 0, 1e-3);
    }
}
