using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Labels;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    /// <summary>Labelled predictions that make a calibration where the reference has none.</summary>
    private const int MinCalibrationRows = 1_000;

    private ReferenceCalibration? _calibration;

    // What the windows say that are no longer kept.
    private EstimateTrust _trust;

    // Earlier predictions say nothing of this calibration; how many others have a label.
    private long _calibrateFrom;
    private long _calibrating;

    // Follows from the state; forgotten with every change of it.
    private EstimateReview? _review;

    private long CalibrationRows => Math.Max(MinCalibrationRows, _spec.MinSamples);

    /// <summary>Counts a prediction by its score.</summary>
    private void CountScore(Pane pane, int predicted, PredictionView view, int row)
    {
        var cell = _spec.Task switch
        {
            TaskKind.Binary => ScoreCells.OfBinary(view.Score(row), predicted == PositiveIndex),
            TaskKind.Multiclass => ScoreCells.OfMulticlass(view.ProbabilityOf(row, view.Label(row))),
            _ => -1,
        };
        if (cell >= 0) pane.Scores.Open(ScoreCells.Count(_spec.Task))[cell]++;
    }

    /// <summary>Counts a labelled prediction by its score, or takes it back.</summary>
    private void CountLabelledScore(Pane pane, in LabelEntry entry, int sign)
    {
        if (CellOf(entry) is var cell && cell < 0) return;
        var cells = ScoreCells.Count(_spec.Task);
        var counters = pane.LabelledScores.Open(2 * cells);
        counters[cell] += sign;
        if (entry.Predicted == entry.Truth) counters[cells + cell] += sign;
        if (_calibration is not null || pane.Start < _calibrateFrom) return;
        _calibrating += sign;
        if (sign > 0 && _calibrating >= CalibrationRows) CalibrateByLabels();
    }

    private int CellOf(in LabelEntry entry) => _spec.Task switch
    {
        TaskKind.Binary => ScoreCells.OfBinary(entry.Score, entry.Predicted == PositiveIndex),
        TaskKind.Multiclass when entry.Probabilities is { } probabilities =>
            ScoreCells.OfMulticlass(entry.Predicted < probabilities.Length ? probabilities[entry.Predicted] : 0),
        _ => -1,
    };

    /// <summary>Calibrates by an uploaded reference that has labels; one without leaves the calibration to the labels that come.</summary>
    private void CalibrateByReference(PredictionBatch batch, PredictionView view, ReadOnlySpan<int> rows, long arrival)
    {
        // A first reference may be followed by traffic of the past; a later one says that the model was another before.
        RestartCalibration(_referenceVersion == 1 ? 0 : arrival);
        if (IsRegression || batch.Labels is not { } labels) return;
        var scores = new List<double>(rows.Length);
        List<bool> outcomes = new(rows.Length), right = new(rows.Length);
        foreach (var row in rows)
        {
            if (CategoryValue.At(labels, row, ColumnRole.Prediction) is not { } label) continue;
            var predicted = view.Label(row);
            var score = _spec.Task == TaskKind.Binary ? view.Score(row) : view.ProbabilityOf(row, predicted);
            if (double.IsNaN(score)) continue;
            scores.Add(score);
            right.Add(label == predicted);
            outcomes.Add(_spec.Task == TaskKind.Binary ? label == _spec.Positive : label == predicted);
        }
        _calibration = ReferenceCalibration.OfReference([.. scores], [.. outcomes], [.. right]);
    }

    /// <summary>Calibrates by the labels that have come, once they are enough, where no reference has done it.</summary>
    private void CalibrateByLabels()
    {
        var labelled = new long[ScoreCells.LabelledCount(_spec.Task)];
        foreach (var pane in _panes.Between(_calibrateFrom, long.MaxValue)) pane.LabelledScores.AddTo(labelled);
        // Panes that are no longer kept took theirs with them.
        _calibrating = labelled[..(labelled.Length / 2)].Sum();
        if (_calibrating >= CalibrationRows) _calibration = ReferenceCalibration.OfLabels(labelled);
    }

    /// <summary>Forgets the calibration, and what windows said of it.</summary>
    /// <param name="from">Predictions since then calibrate anew.</param>
    private void RestartCalibration(long from)
    {
        _calibration = null;
        _calibrating = 0;
        _trust = default;
        _calibrateFrom = UnixTime.Floor(from, UnixTime.Minute);
        foreach (var pane in _panes.All()) pane.Verdicts = default;
    }

    /// <summary>A pane leaves its tier: an hour's verdict goes with it into its day, a day's into the trust that is left of it.</summary>
    private void Leaving(Pane pane, long size)
    {
        if (_calibration is not { } calibration || size == UnixTime.Minute || pane.Start < _calibrateFrom) return;
        var verdicts = pane.Verdicts;
        if (verdicts.IsEmpty && IsComplete(pane, ExpectedRatio(_panes.Watermark)))
        {
            var labelled = new long[ScoreCells.LabelledCount(_spec.Task)];
            pane.LabelledScores.AddTo(labelled);
            if (Agrees(calibration, labelled) is { } agrees) verdicts = WindowVerdicts.Of(agrees);
        }
        if (size == UnixTime.Hour) pane.Verdicts = verdicts;
        else verdicts.Apply(ref _trust);
    }

    /// <summary>Whether labelled predictions bear the calibration out; null when they are too few to tell.</summary>
    private bool? Agrees(ReferenceCalibration calibration, ReadOnlySpan<long> labelled)
    {
        var (rows, estimated, realised) = CellEstimate.OfLabelled(labelled, calibration.Probabilities);
        return rows < _spec.MinSamples ? null : EstimateTrust.Agrees(estimated, realised, rows, calibration.Rows);
    }

    private bool IsComplete(Pane pane, double? expected) =>
        !LabelCoverage.IsProvisional(pane.Traffic.First, pane.Labels.First, expected, _spec.LabelDelay > TimeSpan.Zero);

    /// <summary>Scores the estimate against the labels, hour by hour (day by day where only days are kept): is it to be trusted, and what do the labels make of it?</summary>
    /// <remarks>Hours with fewer labels than a score needs are taken together until they have enough; an hour whose labels are not complete says nothing.</remarks>
    private EstimateReview? Review()
    {
        if (_calibration is not { } calibration) return null;
        if (_review is not null) return _review;
        var trust = _trust;
        var current = new CurrentCalibration(calibration);
        var expected = ExpectedRatio(_panes.Watermark);
        var gathered = new long[ScoreCells.LabelledCount(_spec.Task)];
        foreach (var hour in _panes.OldestFirst().Select(p => p.Pane).Where(p => p.Start >= _calibrateFrom).GroupBy(p => UnixTime.Floor(p.Start, UnixTime.Hour)))
        {
            Pane[] panes = [.. hour];
            long predictions = panes.Sum(p => p.Traffic.First), known = panes.Sum(p => p.Labels.First);
            if (known == 0) continue;
            var verdicts = panes.Length == 1 ? panes[0].Verdicts : default;
            if (LabelCoverage.IsProvisional(predictions, known, expected, _spec.LabelDelay > TimeSpan.Zero) && verdicts.IsEmpty) continue;
            foreach (var pane in panes) pane.LabelledScores.AddTo(gathered);
            if (!verdicts.IsEmpty) verdicts.Apply(ref trust);
            else if (Agrees(calibration, gathered) is { } agrees) trust.Observe(agrees);
            else continue;
            current.Observe(gathered);
            gathered.AsSpan().Clear();
        }
        return _review = new EstimateReview(trust, current);
    }

    private EstimatedScore? Estimate(WindowTotals totals)
    {
        if (Review() is not { } review) return null;
        var estimate = CellEstimate.Of(totals.Scores, _calibration!.Probabilities);
        return estimate.Count < _spec.MinSamples ? null : EstimatedScore.Of(estimate, _calibration, review.Current.Accuracy(totals.Scores), review.Trust.Trusted);
    }

    private void WriteEstimation(CodecWriter writer)
    {
        writer.Varint(_trust.Missing);
        writer.Int64(_calibrateFrom);
        writer.Varint((ulong)_calibrating);
        writer.Bool(_calibration is not null);
        _calibration?.Write(writer);
        foreach (var pane in _panes.All()) pane.WriteScores(writer);
    }

    private void ReadEstimation(ref CodecReader reader)
    {
        _trust = EstimateTrust.WithMissing(reader.SmallInt());
        _calibrateFrom = reader.Int64();
        _calibrating = (long)reader.Varint();
        if (reader.Bool()) _calibration = ReferenceCalibration.Read(ref reader);
        foreach (var pane in _panes.All()) pane.ReadScores(ref reader, Bounds);
    }

    /// <summary>Panes of format 1 have no scores: those that the label table still knows are counted, so that a correction takes back what is there.</summary>
    private void RecountScores()
    {
        foreach (var entry in _labels.Entries)
        {
            if (!entry.HasPrediction || CellOf(entry) is var cell && cell < 0 || _panes.Find(entry.PredictionTime, create: false) is not { } pane) continue;
            pane.Scores.Open(ScoreCells.Count(_spec.Task))[cell]++;
            if (entry.HasLabel) CountLabelledScore(pane, entry, 1);
        }
    }

    /// <summary>What the labels say of the estimate.</summary>
    private sealed record EstimateReview(EstimateTrust Trust, CurrentCalibration Current);
}
