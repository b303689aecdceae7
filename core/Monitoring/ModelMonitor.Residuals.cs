using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Labels;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Statistics;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    private ResidualBaseline _residuals = new();

    private int BaselineRows => _spec.Reference.Capture > 0 ? _spec.Reference.Capture : ResidualBaseline.DefaultRows;

    /// <summary>An uploaded reference that brings labels is the baseline; of one without, the labels to come are.</summary>
    private void SetBaseline(PredictionBatch batch, ReadOnlySpan<int> rows)
    {
        if (!IsRegression) return;
        _residuals = new ResidualBaseline();
        if (batch.Labels is not { HasNumbers: true } labels) return;
        foreach (var row in rows)
        {
            if (double.IsFinite(labels.Numbers[row])) _residuals.Add(labels.Numbers[row] - batch.Predictions.NumberAt(row), int.MaxValue);
        }
        if (_residuals.Rows >= _spec.MinSamples) _residuals.Close();
        else _residuals = new ResidualBaseline();
    }

    private static void CountResidual(Pane pane, in LabelEntry entry, int sign)
    {
        ref var counter = ref pane.ScoreHistograms.Open(ResidualBuckets.Count)[ResidualBuckets.Of(entry.Target - entry.Score)];
        // A label that was counted before residuals were has none to take back.
        if (sign > 0 || counter > 0) counter += sign;
    }

    private ResidualScore Residuals(WindowTotals totals)
    {
        ReadOnlySpan<long> counts = totals.ScoreHistograms;
        double? ks = null, p = null;
        if (_residuals.Complete && (ks = HistogramDistance.KolmogorovSmirnov(_residuals.Counts(), counts)) is { } statistic)
        {
            var count = 0L;
            foreach (var bucket in counts) count += bucket;
            p = KolmogorovSmirnov.PValueLimit(statistic, _residuals.Rows, count);
        }
        var thresholds = _spec.Thresholds.Drift;
        return new ResidualScore(
            ResidualBuckets.AbsoluteQuantile(counts, 0.5), ResidualBuckets.AbsoluteQuantile(counts, 0.9), ResidualBuckets.AbsoluteQuantile(counts, 0.99),
            _residuals.Complete ? _residuals.Rows : null, ks, p, p is null ? null : p < thresholds.PValue && ks > thresholds.Ks);
    }
}
