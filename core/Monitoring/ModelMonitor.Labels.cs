using System.Globalization;
using System.Runtime.CompilerServices;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Labels;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    private ApplyResult ApplyLabels(LabelBatch batch, long arrival)
    {
        Advance(arrival);
        Expire(arrival);
        int accepted = 0, joined = 0, pending = 0, corrected = 0, rejected = 0, duplicates = 0;
        var errors = new List<RowError>();
        for (var row = 0; row < batch.Count; row++)
        {
            if (CheckLabel(batch, row) is { } message)
            {
                rejected++;
                if (errors.Count < ApplyResult.MaxErrors) errors.Add(new RowError(row, batch.Ids.TryKey(row, out _) ? "label" : "id", message));
                continue;
            }
            batch.Ids.TryKey(row, out var key);
            var time = batch.Times.IsEmpty || batch.Times[row] == UnixTime.Missing ? arrival : batch.Times[row];
            accepted++;
            switch (Label(key, batch.Labels, row, time, arrival))
            {
                case LabelOutcome.Joined: joined++; break;
                case LabelOutcome.Pending: pending++; break;
                case LabelOutcome.Corrected: corrected++; break;
                default: duplicates++; break;
            }
        }
        _counters.Labels += accepted;
        _counters.LabelsJoined += joined;
        _counters.LabelsCorrected += corrected;
        _counters.Rejected += rejected;
        return new ApplyResult(accepted, duplicates, 0, rejected, joined, pending, corrected, errors);
    }

    private string? CheckLabel(LabelBatch batch, int row)
    {
        if (!batch.Ids.TryKey(row, out _)) return "expected the id of a prediction, got none";
        if (batch.Labels.IsMissing(row)) return "expected a value, got none";
        if (IsRegression) return double.IsFinite(batch.Labels.NumberAt(row)) ? null : "expected a finite number";
        var label = CategoryValue.At(batch.Labels, row, ColumnRole.Prediction)!;
        // Before the first prediction nothing is known of the task: the label waits as it is.
        return _spec.Task is null || ClassOf(label) >= 0 ? null
            : _spec.Task == TaskKind.Binary ? $"expected one of the two classes \"{string.Join("\", \"", _classes)}\", got \"{label}\"" : $"expected at most {MaxClasses} classes";
    }

    private LabelOutcome Label(UInt128 key, ValueColumn labels, int row, long time, long arrival)
    {
        var outcome = Join(key, labels, row, time, arrival);
        if (_versions is null) return outcome;
        var truth = IsRegression ? labels.NumberAt(row) : ClassOf(CategoryValue.At(labels, row, ColumnRole.Prediction)!);
        _versions.Judged(key, truth, IsRegression, _panes);
        return outcome;
    }

    private LabelOutcome Join(UInt128 key, ValueColumn labels, int row, long time, long arrival)
    {
        var truth = IsRegression ? 0 : ClassOf(CategoryValue.At(labels, row, ColumnRole.Prediction)!);
        var target = labels.NumberAt(row);
        // Before the first prediction a number in quotes may still turn out to be one.
        if (_spec.Task is null && labels.TextAt(row) is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var quoted)) target = quoted;
        ref var entry = ref _labels.Find(key);
        if (Unsafe.IsNullRef(ref entry))
        {
            _labels.Add(new LabelEntry { Key = key, PredictionTime = UnixTime.Missing, LabelTime = time, Since = arrival, Truth = truth, Target = target }, _spec.LabelCapacity);
            return LabelOutcome.Pending;
        }
        if (!entry.HasLabel)
        {
            Answer(ref entry, truth, target, time);
            _labels.Joined(labelCameFirst: false);
            CountPerformance(entry, 1);
            Judged(entry, arrival);
            return LabelOutcome.Joined;
        }
        if (IsRegression ? entry.Target == target : entry.Truth == truth) return LabelOutcome.Repeated;
        if (entry.HasPrediction) CountPerformance(entry, -1);
        Answer(ref entry, truth, target, time);
        if (entry.HasPrediction) CountPerformance(entry, 1);
        return LabelOutcome.Corrected;
    }

    private static void Answer(ref LabelEntry entry, int truth, double target, long time)
    {
        entry.Truth = truth;
        entry.Target = target;
        entry.LabelTime = time;
    }

    /// <summary>Counts a joined pair into its prediction's pane, or takes it back. A pair whose pane is gone has no window to change.</summary>
    private void CountPerformance(in LabelEntry entry, int sign)
    {
        if (_panes.Find(entry.PredictionTime, create: true) is not { } pane) return;
        var counters = pane.Labels.Open(ClassificationCounters.Length(_classes.Count));
        ClassificationCounters.RecordDelay(counters, entry.LabelTime - entry.PredictionTime, sign);
        CountSlices(pane, entry, sign);
        if (IsRegression)
        {
            if (sign > 0) pane.OpenRegression().Add(entry.Target, entry.Score);
            else pane.OpenRegression().Remove(entry.Target, entry.Score);
            CountResidual(pane, entry, sign);
            return;
        }
        CountLabelledScore(pane, entry, sign);
        var histograms = pane.ScoreHistograms.Open(ClassificationCounters.HistogramLength(HistogramClasses));
        var prediction = new ClassifiedPrediction(entry.Predicted, entry.Score, entry.Probabilities);
        ClassificationCounters.Record(counters, histograms, prediction, entry.Truth, _spec.Task == TaskKind.Binary ? PositiveIndex : -1, sign);
    }

    private enum LabelOutcome
    {
        Joined,
        Pending,
        Corrected,
        Repeated,
    }
}
