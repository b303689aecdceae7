using System.Text.Json;
using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Statistics;
using FleetMonitor.Core.Tests.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Estimation;

/// <summary>Label-free performance of the car loan model, chunk by chunk, against what NannyML computed.</summary>
public sealed class CbpeReferenceTests
{
    private const int Chunk = 5_000;

    private static readonly string[] Metrics = ["accuracy", "precision", "recall", "f1", "roc_auc"];

    [SkippableFact]
    public void Fit_OfTheReference_HasScikitLearnsKnots()
    {
        var (scores, _, truth) = Columns("car_loan_reference");
        var expected = Document.GetProperty("isotonic");
        var calibrator = ScoreCalibration.Fit(scores, truth);
        Assert.Equal(Document.GetProperty("needs_calibration").GetBoolean(), calibrator is not null);
        Assert.Equal(Doubles(expected.GetProperty("x")), calibrator!.X.ToArray());
        Assert.Equal(Doubles(expected.GetProperty("y")), calibrator.Y.ToArray());
        Assert.Equal(50_000, calibrator.Rows);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Estimates_OfEveryChunk_AreNannyMls(bool storedKnots)
    {
        var (reference, _, truth) = Columns("car_loan_reference");
        var knots = Document.GetProperty("isotonic");
        var calibrator = storedKnots
            ? new IsotonicCalibrator(Doubles(knots.GetProperty("x")), Doubles(knots.GetProperty("y")), reference.Length)
            : ScoreCalibration.Fit(reference, truth);
        foreach (var (expected, scores, predicted, _, what) in Chunks())
        {
            var actual = BinaryEstimate.Of(scores, predicted, calibrator);
            Assert.Equal(Chunk, actual.Count);
            foreach (var metric in Metrics)
            {
                var tolerance = metric == "roc_auc" ? 1e-6 : 1e-9;
                Close.Absolute(expected.GetProperty(metric).GetProperty("value").GetDouble(), Of(actual, metric), tolerance, $"{what} {metric}");
            }
        }
    }

    [SkippableFact]
    public void Bands_ThresholdsAndAlerts_AreNannyMls()
    {
        var (reference, referencePredicted, truth) = Columns("car_loan_reference");
        var calibrator = ScoreCalibration.Fit(reference, truth);
        var errors = SamplingErrors.OfBinary(truth, referencePredicted, reference);
        var chunks = Chunks().ToArray();
        Assert.Equal(20, chunks.Length);
        var realised = chunks.Take(10).Select(c => BinaryMetrics.Compute(c.Truth, c.Predicted, c.Scores)).ToArray();
        var alerts = 0;
        foreach (var metric in Metrics)
        {
            var threshold = PerformanceThreshold.Of(realised.Select(r => Of(r, metric)))!.Value;
            var expectedThreshold = Doubles(Document.GetProperty("thresholds").GetProperty(metric));
            Close.Absolute(expectedThreshold[0], threshold.Lower, 1e-9, $"{metric} lower threshold");
            Close.Absolute(expectedThreshold[1], threshold.Upper, 1e-9, $"{metric} upper threshold");
            // NannyML ranks rows of one score in no certain order, we count ties ½; the scores have two digits.
            var tolerance = metric == "roc_auc" ? 0.02 : 1e-9;
            Close.Relative(chunks[0].Expected.GetProperty(metric).GetProperty("sampling_error").GetDouble(), Of(errors, metric).Over(Chunk), tolerance, $"{metric} error");
            foreach (var (expected, scores, predicted, _, what) in chunks)
            {
                var alert = threshold.Alerts(Of(BinaryEstimate.Of(scores, predicted, calibrator), metric)!.Value);
                Assert.True(expected.GetProperty(metric).GetProperty("alert").GetBoolean() == alert, $"{what} {metric}: alert {alert}");
                alerts += alert ? 1 : 0;
            }
        }
        Assert.InRange(alerts, 5, 50);
    }

    private static readonly Lazy<JsonElement> Parsed = new(() => SharedData.Reference("cbpe_car_loan.json"));

    private static JsonElement Document => Parsed.Value;

    private static IEnumerable<(JsonElement Expected, double[] Scores, bool[] Predicted, bool[] Truth, string What)> Chunks()
    {
        var sets = new[] { "car_loan_reference", "car_loan_analysis" }.ToDictionary(set => set, Columns);
        foreach (var expected in Document.GetProperty("estimated").EnumerateArray())
        {
            var chunk = expected.GetProperty("chunk");
            var period = chunk.GetProperty("period").GetString()!;
            var start = (int)chunk.GetProperty("start_index").GetDouble() % 50_000;
            var (scores, predicted, truth) = sets[$"car_loan_{period}"];
            var rows = start..(start + Chunk);
            yield return (expected, scores[rows], predicted[rows], truth[rows], $"{period} {start}");
        }
    }

    private static (double[] Scores, bool[] Predicted, bool[] Truth) Columns(string set)
    {
        var table = SharedData.Table(set);
        return (table.Doubles("y_pred_proba"), table.Flags("y_pred"), table.Flags("repaid"));
    }

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetDouble())];

    private static double? Of(EstimatedPerformance performance, string metric) => metric switch
    {
        "accuracy" => performance.Accuracy,
        "precision" => performance.Precision,
        "recall" => performance.Recall,
        "f1" => performance.F1,
        _ => performance.Auroc,
    };

    private static double? Of(ClassificationPerformance performance, string metric) => metric switch
    {
        "accuracy" => performance.Accuracy,
        "precision" => performance.Precision,
        "recall" => performance.Recall,
        "f1" => performance.F1,
        _ => performance.Auroc,
    };

    private static SamplingError Of(SamplingErrors errors, string metric) => metric switch
    {
        "accuracy" => errors.Accuracy,
        "precision" => errors.Precision,
        "recall" => errors.Recall,
        "f1" => errors.F1,
        _ => errors.Auroc,
    };
}
