using System.Text.Json;
using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

/// <summary>Every score of metrics.json that we define, recomputed from the rows: the whole sets and their windows of 5,000.</summary>
public sealed class PerformanceReferenceTests
{
    private const double Exact = 1e-9;

    private const double LogLoss = 1e-6;

    // Two columns are clipped each on their own, so a certain and wrong row costs −ln 1e-15 and not −ln(1 − (1 − 1e-15)): 8e-4 less, in 0.2 % of the rows.
    private const double LogLossOfTwoColumns = 5e-6;

    [SkippableTheory]
    [MemberData(nameof(Sets))]
    public void Binary_WholeSetAndWindows_AgreeWithScikitLearn(string set)
    {
        var (truth, predicted, score) = Columns(set);
        foreach (var (expected, rows, what) in Windows(set, truth.Length))
        {
            var actual = BinaryMetrics.Compute(truth.AsSpan(rows), predicted.AsSpan(rows), score.AsSpan(rows));
            Assert.Equal(Number(expected, "n"), actual.Count);
            Close.Absolute(Number(expected, "accuracy"), actual.Accuracy, Exact, $"{what} accuracy");
            Close.Absolute(Number(expected, "precision"), actual.Precision, Exact, $"{what} precision");
            Close.Absolute(Number(expected, "recall"), actual.Recall, Exact, $"{what} recall");
            Close.Absolute(Number(expected, "f1"), actual.F1, Exact, $"{what} f1");
            Close.Absolute(Number(expected, "roc_auc"), actual.Auroc, Exact, $"{what} auroc");
            Close.Absolute(Number(expected, "log_loss_eps1e-15"), actual.LogLoss, LogLoss, $"{what} log loss");
            Close.Absolute(Number(expected, "brier"), actual.Brier, Exact, $"{what} brier");
            Close.Absolute(Number(expected, "ece_equal_width_10"), actual.Ece, Exact, $"{what} ece");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Sets))]
    public void Multiclass_OfTwoClasses_AgreesWithScikitLearn(string set)
    {
        var (truth, predicted, score) = Columns(set);
        var labels = truth.Select(value => value ? 1 : 0).ToArray();
        var predictions = predicted.Select(value => value ? 1 : 0).ToArray();
        var probabilities = score.SelectMany(value => new[] { 1 - value, value }).ToArray();
        foreach (var (expected, rows, what) in Windows(set, truth.Length))
        {
            var (start, length) = rows.GetOffsetAndLength(truth.Length);
            var actual = MulticlassMetrics.Compute(labels.AsSpan(rows), predictions.AsSpan(rows), 2, probabilities.AsSpan(2 * start, 2 * length));
            Close.Absolute(Number(expected, "accuracy"), actual.Accuracy, Exact, $"{what} accuracy");
            Close.Absolute(Number(expected, "balanced_accuracy"), actual.Recall, Exact, $"{what} macro recall");
            Close.Absolute(Number(expected, "roc_auc"), actual.Auroc, Exact, $"{what} auroc");
            Close.Absolute(Number(expected, "log_loss_eps1e-15"), actual.LogLoss, LogLossOfTwoColumns, $"{what} log loss");
            Close.Absolute(2 * Number(expected, "brier"), actual.Brier, Exact, $"{what} brier");
            Close.Absolute(Number(expected, "ece_top_label_width_10"), actual.Ece, Exact, $"{what} ece");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Sets))]
    public void Confidence_WholeSetAndWindows_AgreeWithTheFile(string set)
    {
        var (_, _, score) = Columns(set);
        var confidences = score.Select(Confidence.OfBinary).ToArray();
        var entropies = score.Select(Confidence.BinaryEntropy).ToArray();
        foreach (var (expected, rows, what) in Windows(set, score.Length))
        {
            var actual = Confidence.Compute(confidences.AsSpan(rows), entropies: entropies.AsSpan(rows));
            Close.Absolute(Number(expected, "mean_confidence_max(p,1-p)"), actual.Mean, Exact, $"{what} mean");
            Close.Absolute(Number(expected, "share_confidence_below_0.6"), actual.LowRatio, Exact, $"{what} low ratio");
            Close.Absolute(Number(expected, "mean_entropy_nats"), actual.MeanEntropy, Exact, $"{what} entropy");
            Close.Absolute(Number(expected, "mean_score"), Moments.Mean(score.AsSpan(rows)), Exact, $"{what} mean score");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Sets))]
    public void Binary_SlidingWindows_AgreeWithTheFile(string set)
    {
        var (truth, predicted, _) = Columns(set);
        var sliding = SharedData.Reference("metrics.json").GetProperty("sets").GetProperty(set).GetProperty("sliding_accuracy").EnumerateArray().ToArray();
        Assert.NotEmpty(sliding);
        foreach (var point in sliding)
        {
            var end = point[0].GetInt32();
            var actual = BinaryMetrics.Compute(truth.AsSpan(end - 5000, 5000), predicted.AsSpan(end - 5000, 5000), default);
            Close.Absolute(point[1].GetDouble(), actual.Accuracy, Exact, $"{set} ..{end}");
            Assert.Null(actual.Auroc);
        }
    }

    public static TheoryData<string> Sets() => ["car_loan_reference", "car_loan_analysis", "employment_ma_reference", "employment_ma_analysis"];

    private static (bool[] Truth, bool[] Predicted, double[] Score) Columns(string set)
    {
        var table = SharedData.Table(set);
        return set.StartsWith("car_loan", StringComparison.Ordinal)
            ? (table.Flags("repaid"), table.Flags("y_pred"), table.Doubles("y_pred_proba"))
            : (table.Flags("employed"), table.Flags("prediction"), table.Doubles("predicted_probability"));
    }

    private static IEnumerable<(JsonElement Expected, Range Rows, string What)> Windows(string set, int rows)
    {
        var document = SharedData.Reference("metrics.json").GetProperty("sets").GetProperty(set);
        yield return (document.GetProperty("all"), ..rows, set);
        var size = document.GetProperty("tumbling_window").GetInt32();
        var start = 0;
        foreach (var window in document.GetProperty("windows").EnumerateArray())
        {
            yield return (window, start..(start + size), $"{set} {start}");
            start += size;
        }
        Assert.True(start > rows - size, "Every full window is in the file.");
    }

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
