using System.Globalization;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;
using FleetMonitor.Core.Traffic;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    /// <summary>Scores a sliding window as of <paramref name="now"/> (Unix microseconds). Panes that now has left behind are not in it, traffic or not.</summary>
    /// <param name="window">Any duration that <see cref="SpecValidation.IsWindow"/> allows; panes kept bound what it can hold.</param>
    public WindowScore Score(TimeSpan window, long now) => Score(window, now, Totals(window, now));

    /// <summary>The headline window's score.</summary>
    public WindowScore Score(long now) => Score(_spec.HeadlineWindow, now);

    /// <summary>Scores each step of the past by itself, oldest first: as many as are kept in panes of that size or finer, at most <paramref name="steps"/>.</summary>
    /// <param name="step">A minute, an hour or a day.</param>
    public IReadOnlyList<WindowScore> History(TimeSpan step, int steps, long now)
    {
        var size = UnixTime.From(step);
        if (size is not (UnixTime.Minute or UnixTime.Hour or UnixTime.Day)) throw new ArgumentOutOfRangeException(nameof(step), step, "A step is a minute, an hour or a day.");
        var newest = UnixTime.Floor(now, size);
        var scores = new List<WindowScore>();
        for (var start = newest - ((steps - 1) * size); start <= newest; start += size)
        {
            // Panes wider than the step cannot tell its parts from each other.
            if (!_panes.AtLeastAsFine(start, size) || !_panes.Between(start, start + size).Any()) continue;
            scores.Add(ScoreBetween(step, start, start + size, Math.Min(now, start + size)));
        }
        return scores;
    }

    private WindowTotals Totals(TimeSpan window, long now) => _panes.Totals(PaneStore.WindowStart(window, now), long.MaxValue, Bounds);

    private WindowScore Score(TimeSpan window, long now, WindowTotals totals) => Attributed(ScoreOf(totals, window, PaneStore.WindowStart(window, now), long.MaxValue, now), totals);

    private WindowScore ScoreBetween(TimeSpan window, long from, long to, long asOf) => ScoreOf(_panes.Totals(from, to, Bounds), window, from, to, asOf);

    private WindowScore ScoreOf(WindowTotals totals, TimeSpan window, long from, long to, long asOf)
    {
        var predictions = TrafficCounters.PredictionsOf(totals.Traffic);
        var enough = predictions >= _spec.MinSamples;
        var columns = new ColumnScore[_layout?.Columns.Length ?? 0];
        for (var i = 0; i < columns.Length; i++) columns[i] = ColumnScorer.Score(_layout!.Columns[i], totals.Columns, totals.Moments, _spec.Thresholds.Drift, _spec.MinSamples);
        var drifted = columns.Count(c => c.Role == ColumnRole.Feature && c.Drifted);
        var (verdict, note) = Judge(columns, drifted, predictions);
        var score = new WindowScore(
            window,
            UnixTime.ToDateTime(from),
            UnixTime.ToDateTime(asOf),
            predictions,
            TrafficCounters.ErrorsOf(totals.Traffic),
            verdict,
            note,
            TrafficCounters.Latency(totals.Traffic),
            enough ? TrafficCounters.Confidence(totals.Traffic) : null,
            Performance(totals, window, Math.Min(asOf, to)),
            drifted,
            columns,
            []);
        score = score with { Multivariate = Reconstruction(totals) };
        return score with { Alerts = Alerts(score) };
    }

    private (Verdict Verdict, string? Note) Judge(ColumnScore[] columns, int drifted, long predictions)
    {
        if (drifted > 0) return (Verdict.Drifted, null);
        if (_reference is null)
        {
            return (Verdict.NoReference, _capture is null
                ? "there is no reference yet"
                : string.Create(CultureInfo.InvariantCulture, $"the reference is being captured: {_capture.Rows} of {CaptureTarget} predictions"));
        }
        if (columns.Any(c => c.Role == ColumnRole.Feature && c.Verdict == Verdict.Quiet)) return (Verdict.Quiet, null);
        if (predictions >= _spec.MinSamples && columns.All(c => c.Role != ColumnRole.Feature)) return (Verdict.Quiet, null);
        var counted = columns.Where(c => c.Role == ColumnRole.Feature).Max(c => (long?)c.Count) ?? predictions;
        return (Verdict.TooFewSamples, string.Create(CultureInfo.InvariantCulture, $"too few samples: {counted} of {_spec.MinSamples}"));
    }

    private PerformanceScore Performance(WindowTotals totals, TimeSpan window, long asOf)
    {
        var labelled = ClassificationCounters.LabelledOf(totals.Labels);
        var delay = ClassificationCounters.LabelDelay(totals.Labels, labelled);
        var enough = labelled >= _spec.MinSamples;
        var coverage = Coverage(totals, asOf);
        return new PerformanceScore(labelled, delay, enough && !IsRegression ? Classification(totals) : null, enough && IsRegression ? totals.Regression.Score() : null)
        {
            Coverage = coverage,
            NewestComplete = coverage.Provisional && !IsRegression ? NewestComplete(window, asOf) : null,
            Estimated = Estimate(totals),
            Residuals = enough && IsRegression ? Residuals(totals) : null,
        };
    }

    private ClassificationPerformance Classification(WindowTotals totals) =>
        ClassificationCounters.Score(totals.Labels, totals.ScoreHistograms, _classes.Count, _spec.Task == TaskKind.Binary ? PositiveIndex : -1);

    private List<Alert> Alerts(WindowScore score)
    {
        var thresholds = _spec.Thresholds;
        var alerts = new List<Alert>();
        foreach (var column in score.Columns.Where(c => c.Role == ColumnRole.Feature && c.Drifted).OrderByDescending(c => Excess(c, thresholds.Drift)))
        {
            var (ks, psi) = (thresholds.Drift.Ks, thresholds.Drift.Psi);
            alerts.Add(new Alert("drift", column.Name, column.Ks > ks ? $"ks {Alert.Compared(column.Ks.Value, '>', ks, "0.00")}" : $"psi {Alert.Compared(column.Psi!.Value, '>', psi, "0.00")}"));
        }
        foreach (var column in score.Columns.Where(c => c.MissingChanged))
        {
            alerts.Add(new Alert("missing", column.Name, string.Create(CultureInfo.InvariantCulture, $"share {column.Missing:0.00}, reference {column.ReferenceMissing:0.00}")));
        }
        if (score.Multivariate is { Drifted: true, Error: { } error } reconstruction)
        {
            var (sign, limit) = error > reconstruction.Upper ? ('>', reconstruction.Upper) : ('<', reconstruction.Lower);
            alerts.Add(new Alert("multivariate", null, $"reconstruction error {Alert.Compared(error, sign, limit, "0.000")}"));
        }
        if (score.Performance.Complete is { Accuracy: { } accuracy } performance && Alert.OfAccuracy(accuracy, performance.Count, thresholds) is { } low) alerts.Add(low);
        if (score.Performance.Estimated is { } estimated && Alert.OfEstimatedAccuracy(Believed(estimated), estimated.Count, thresholds) is { } lowEstimate) alerts.Add(lowEstimate);
        if (score.Performance.Residuals is { Drifted: true, Ks: { } residualKs })
        {
            alerts.Add(new Alert("residuals", null, $"ks {Alert.Compared(residualKs, '>', thresholds.Drift.Ks, "0.00")}"));
        }
        if (score.Confidence is { } confidence && confidence.Mean < thresholds.Confidence)
        {
            alerts.Add(new Alert("confidence", null, Alert.Compared(confidence.Mean, '<', thresholds.Confidence, "0.000")));
        }
        if (score.Latency is { } latency && latency.Count >= _spec.MinSamples && latency.P95 > thresholds.LatencySeconds)
        {
            alerts.Add(new Alert("latency", null, $"p95 {Alert.Compared(latency.P95, '>', thresholds.LatencySeconds, "0.000", " s")}"));
        }
        return alerts;
    }

    /// <summary>An untrusted estimate neither raises an alert nor clears one: then the labels decide, through the calibration that they have corrected.</summary>
    private static double Believed(EstimatedScore estimated) => estimated.Trusted ? estimated.Accuracy : estimated.RecalibratedAccuracy ?? estimated.Accuracy;

    private static double Excess(ColumnScore column, DriftThresholds thresholds) => Math.Max((column.Ks ?? 0) / Math.Max(thresholds.Ks, 1e-9), (column.Psi ?? 0) / thresholds.Psi);
}
