using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Tests.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Estimation;

public sealed class EstimateTests
{
    [Theory]
    [InlineData(true, 1_000)]
    [InlineData(true, 20)]
    [InlineData(false, 1_000)]
    public void Binary_Estimate_IsTheExpectedConfusionRowByRow(bool calibrated, int grain)
    {
        var (reference, outcomes) = Uniform.Outcomes(1, 5_000, s => (s * 0.7) + 0.1);
        var calibrator = calibrated ? IsotonicFit.Of(reference, outcomes) : null;
        double[] scores = [.. Uniform.Numbers(3, 2_000).Select((s, i) => i % 97 == 0 ? double.NaN : Math.Round(s * grain) / grain)];
        bool[] predicted = [.. Uniform.Numbers(4, 2_000).Zip(scores, (u, s) => s + (0.2 * (u - 0.5)) > 0.4)];
        var actual = BinaryEstimate.Of(scores, predicted, calibrator);

        double tp = 0, fp = 0, tn = 0, fn = 0;
        var rows = Enumerable.Range(0, scores.Length).Where(row => !double.IsNaN(scores[row])).ToArray();
        var p = scores.Select(s => calibrator?.Calibrate(s) ?? s).ToArray();
        foreach (var row in rows)
        {
            if (predicted[row]) (tp, fp) = (tp + p[row], fp + 1 - p[row]);
            else (tn, fn) = (tn + 1 - p[row], fn + p[row]);
        }
        Assert.Equal(rows.Length, actual.Count);
        Close.Absolute((tp + tn) / rows.Length, actual.Accuracy, 1e-12, "accuracy");
        Close.Absolute(tp / (tp + fp), actual.Precision, 1e-12, "precision");
        Close.Absolute(tp / (tp + fn), actual.Recall, 1e-12, "recall");
        Close.Absolute(2 * tp / ((2 * tp) + fp + fn), actual.F1, 1e-12, "f1");
        Close.Absolute(Trapezoids([.. rows.Select(r => scores[r])], [.. rows.Select(r => p[r])]), actual.Auroc, 1e-12, "auroc");
    }

    /// <summary>The same streams through NannyML's formulas in numpy and scikit-learn's isotonic regression.</summary>
    [Fact]
    public void Multiclass_Estimate_IsNannyMls()
    {
        var (probabilities, truth, predicted) = Classes(100, 3_000);
        var calibrators = ScoreCalibration.FitMulticlass(truth, 3, probabilities);
        Assert.DoesNotContain(null, calibrators);
        var (later, laterTruth, laterPredicted) = Classes(200, 2_000);
        var actual = MulticlassEstimate.Of(later, laterPredicted, calibrators);
        Close.Absolute(0.7132462609083253, actual.Accuracy, 1e-9, "accuracy");
        Close.Absolute(0.7129902926585242, actual.Precision, 1e-9, "precision");
        Close.Absolute(0.7131716346143125, actual.Recall, 1e-9, "recall");
        Close.Absolute(0.7130511581786939, actual.F1, 1e-9, "f1");
        Close.Absolute(0.886142442004107, actual.Auroc, 1e-9, "auroc");
        Close.Absolute(0.71, laterTruth.Zip(laterPredicted, (t, p) => t == p ? 1.0 : 0).Average(), 1e-9, "realised");

        var errors = SamplingErrors.OfMulticlass(truth, predicted, 3, probabilities);
        Close.Relative(0.4473502232280903, errors.Accuracy.Over(1), 1e-9, "accuracy's error");
        Close.Relative(0.447090754780575, errors.Precision.Over(1), 1e-9, "precision's error");
        Close.Relative(0.44744193768551116, errors.Recall.Over(1), 1e-9, "recall's error");
        Close.Relative(0.43844019754022123, errors.F1.Over(1), 1e-9, "f1's error");
        Close.Relative(0.17624312512269288, errors.Auroc.Over(1), 1e-9, "auroc's error");
    }

    [Fact]
    public void Multiclass_Rows_AreRenormalisedAndWithoutAnySumShareEqually()
    {
        IsotonicCalibrator?[] calibrators = [new([0, 1], [0, 0.5], 1), null, new([0.5, 1], [0, 1], 1)];
        var actual = MulticlassEstimate.Of([0.4, 0.6, 0.4, 0, 0, 0, double.NaN, 0, 0], [1, 0, 2], calibrators);
        Assert.Equal(2, actual.Count);
        Assert.Equal(((0.6 / (0.2 + 0.6)) + (1.0 / 3)) / 2, actual.Accuracy!.Value, 1e-12);
    }

    [Fact]
    public void Estimate_OfNoRows_HasNoScores()
    {
        Assert.Equal(EstimatedPerformance.None, BinaryEstimate.Of([double.NaN], [true], null));
        Assert.Equal(EstimatedPerformance.None, BinaryEstimate.Of([], [], new IsotonicCalibrator([0], [0.5], 1)));
        Assert.Equal(EstimatedPerformance.None, MulticlassEstimate.Of([], [], [null, null]));
    }

    [Fact]
    public void Trust_IsLostAtOnceAndRegainedAfterThreeAgreeingWindows()
    {
        var trust = default(EstimateTrust);
        bool[] agrees = [true, false, true, true, false, true, true, true, true];
        bool[] trusted = [.. agrees.Select(a =>
        {
            trust.Observe(a);
            return trust.Trusted;
        })];
        Assert.Equal([true, false, false, false, false, false, false, true, true], trusted);
    }

    [Theory]
    [InlineData(0.94, 0.95, 5_000, 50_000, true)]
    [InlineData(0.94, 0.90, 5_000, 50_000, false)]
    [InlineData(0.94, 0.90, 100, 50_000, true)]
    [InlineData(0.94, 0.90, 5_000, 100, true)]
    [InlineData(0.94, 0.935, 10_000_000, 50_000, true)]
    [InlineData(1.00, 0.99, 100, 100, true)]
    [InlineData(1.00, 0.50, 100, 100, false)]
    public void Agreement_IsJudgedByTheJointBand(double estimated, double realised, int rows, int calibrationRows, bool agrees) =>
        Assert.Equal(agrees, EstimateTrust.Agrees(estimated, realised, rows, calibrationRows));

    /// <summary>Probabilities of three classes that are less sure than they should be, labels after their true ones, and the likeliest class.</summary>
    private static (double[] Probabilities, int[] Truth, int[] Predicted) Classes(ulong seed, int rows)
    {
        double[][] draws = [.. Enumerable.Range(0, 3).Select(k => Uniform.Numbers(seed + (ulong)k, rows))];
        var label = Uniform.Numbers(seed + 9, rows);
        var probabilities = new double[rows * 3];
        int[] truth = new int[rows], predicted = new int[rows];
        for (var row = 0; row < rows; row++)
        {
            double[] weights = [.. draws.Select(d => -Math.Log(1 - d[row]))];
            double[] p = [.. weights.Select(w => w / weights.Sum())];
            double[] sure = [.. p.Select(v => Math.Pow(v, 1.7))];
            p.CopyTo(probabilities, row * 3);
            predicted[row] = Array.IndexOf(p, p.Max());
            truth[row] = label[row] <= sure[0] / sure.Sum() ? 0 : label[row] <= (sure[0] + sure[1]) / sure.Sum() ? 1 : 2;
        }
        return (probabilities, truth, predicted);
    }

    private static double Trapezoids(double[] scores, double[] p)
    {
        Array.Sort(scores, p);
        double positives = p.Sum(), negatives = p.Length - positives, area = 0, tp = 0;
        foreach (var probability in p.Reverse())
        {
            area += (1 - probability) * (tp + (probability / 2));
            tp += probability;
        }
        return area / positives / negatives;
    }
}
