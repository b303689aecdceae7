using System.Buffers;
using System.Runtime.CompilerServices;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Labels;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Segments;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Traffic;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    // Made once: a delegate a row would be garbage.
    private Func<string, int>? _classOf;

    private ApplyResult ApplyPredictions(PredictionBatch batch, long arrival)
    {
        Advance(arrival);
        Expire(arrival);
        Infer(batch);
        if (_reference is null)
        {
            if (!_featuresGiven) _spec = SpecInference.WithFeatures(_spec, batch);
            if (_capture is null) BeginCapture(arrival);
            _capture?.Extend(_spec);
        }

        _classOf ??= ClassOf;
        var view = new PredictionView(batch, _spec);
        using var admission = new Admission(batch.Count);
        var result = new RowCounts();
        BindSegments(batch);
        var captured = 0;
        var times = batch.Times;
        for (var row = 0; row < batch.Count; row++)
        {
            AdmitRow(batch, view, row, times.IsEmpty || times[row] == UnixTime.Missing ? arrival : times[row], arrival, admission, ref result);
            // The reference is there with the row that completes it, wherever batches are cut.
            if (_capture is null || _capture.Rows + admission.AcceptedRows.Length - captured < CaptureTarget) continue;
            Capture(batch, admission.AcceptedRows, arrival);
            captured = admission.AcceptedRows.Length;
            BindSegments(batch);
        }

        var rows = admission.AcceptedRows;
        if (_changes.WatchesFeatures) _changes.Observed(batch, rows, arrival);
        if (_capture is not null)
        {
            Capture(batch, rows, arrival);
            captured = rows.Length;
        }
        RecordColumns(batch, view, rows[captured..], admission.Panes[captured..], admission.Slices[captured..]);
        _panes.PackMany();
        _bound = null;
        _counters.Duplicates += result.Duplicates;
        _counters.TooLate += result.TooLate;
        _counters.Rejected += admission.Rejected;
        return new ApplyResult(rows.Length + result.Failed + result.Beside, result.Duplicates, result.TooLate, admission.Rejected, 0, 0, 0, admission.Errors);
    }

    private void Capture(PredictionBatch batch, ReadOnlySpan<int> rows, long arrival)
    {
        _capture!.Add(batch, rows);
        if (_capture.Rows >= CaptureTarget) Install(_capture, ReferenceSource.Captured, _captureSince, arrival);
    }

    private void AdmitRow(PredictionBatch batch, PredictionView view, int row, long time, long arrival, Admission admission, ref RowCounts counts)
    {
        if (view.Check(row) is { } error)
        {
            admission.Reject(row, error.Field, error.Message);
            if (view.AnyMistyped && IsPlausible(time, arrival)) CountMistyped(view, row, time);
            return;
        }
        if (!IsPlausible(time, arrival))
        {
            admission.Reject(row, "time", $"expected at most 5 minutes in the future, got {UnixTime.Format(time)}");
            return;
        }
        if (_panes.Find(time, create: true) is not { } pane)
        {
            counts.TooLate++;
            return;
        }
        var hasKey = TryKey(batch.Ids, row, out var key);
        var version = batch.Versions?.TextAt(row);
        MeetVersion(version, time, arrival);
        var slot = VersionSlot(version, time, arrival);
        var beside = IsShadow(version);
        if (hasKey)
        {
            ref var known = ref _labels.Find(key);
            var answered = IsAnswered(key, slot);
            if (answered == true || (answered is null && !Unsafe.IsNullRef(ref known) && known.HasPrediction))
            {
                counts.Duplicates++;
                return;
            }
            // The request is counted: this is another version's answer to it.
            beside |= !Unsafe.IsNullRef(ref known) && known.HasPrediction;
        }
        if (beside)
        {
            AdmitBeside(pane, view, row, slot, hasKey, key, time, arrival, admission, ref counts);
            return;
        }
        if (view.HasFailed(row))
        {
            RecordVersion(pane, slot, error: true, view, row, double.NaN, time, arrival);
            // Traffic, and nothing else: there is no prediction that a label could find or a window compare.
            TrafficCounters.Record(pane.Traffic.Open(TrafficCounters.Length), error: true, view.Latency(row), double.NaN, double.NaN, _spec.Thresholds.LowConfidence);
            _counters.Predictions++;
            _counters.Errors++;
            _counters.LastPrediction = Math.Max(_counters.LastPrediction, time);
            counts.Failed++;
            return;
        }
        var predicted = IsRegression ? 0 : view.Class(row, _classOf!);
        if (predicted < 0)
        {
            RejectClass(view, row, admission);
            return;
        }

        var (confidence, entropy) = view.Confidence(row);
        TrafficCounters.Record(pane.Traffic.Open(TrafficCounters.Length), view.Error(row), view.Latency(row), confidence, entropy, _spec.Thresholds.LowConfidence);
        RecordVersion(pane, slot, view.Error(row), view, row, confidence, time, arrival);
        _changes.Answered(confidence, IsRegression ? view.Value(row) : view.Score(row), time, arrival);
        CountScore(pane, predicted, view, row);
        var slices = RecordSlices(pane, view, row, confidence);
        admission.Accept(row, pane, slices);
        _counters.Predictions++;
        if (view.Error(row)) _counters.Errors++;
        _counters.LastPrediction = Math.Max(_counters.LastPrediction, time);
        if (!hasKey) return;
        AnswerOf(slot, key, IsRegression ? view.Value(row) : predicted, time, arrival);
        AwaitLabel(key, time, arrival, predicted, view, row, slices);
    }

    /// <summary>Whether an event may be of that time. Where the clock that stamps arrivals was set back, the latest arrival still tells what time it is.</summary>
    private bool IsPlausible(long time, long arrival) => time >= 0 && time <= Math.Max(arrival, _panes.Watermark) + MaxFuture;

    private void RejectClass(PredictionView view, int row, Admission admission) => admission.Reject(row, "prediction", _spec.Task == TaskKind.Binary
        ? $"expected one of the two classes \"{string.Join("\", \"", _classes)}\", got \"{view.Label(row)}\""
        : $"expected at most {MaxClasses} classes");

    private static bool TryKey(IdColumn? ids, int row, out UInt128 key)
    {
        key = default;
        return ids is not null && ids.TryKey(row, out key);
    }

    private void AwaitLabel(UInt128 key, long time, long arrival, int predicted, PredictionView view, int row, RowSlices slices)
    {
        ref var waiting = ref _labels.Find(key);
        if (Unsafe.IsNullRef(ref waiting))
        {
            var entry = new LabelEntry { Key = key, PredictionTime = UnixTime.Missing, LabelTime = UnixTime.Missing, Since = arrival, Slices = slices };
            Predicted(ref entry, time, predicted, view, row);
            _labels.Add(entry, _spec.LabelCapacity);
            return;
        }
        Predicted(ref waiting, time, predicted, view, row);
        waiting.Slices = slices;
        if (IsRegression ? !double.IsFinite(waiting.Target) : waiting.Truth < 0)
        {
            // It came before anything was known of the task, and is no truth of this one.
            waiting.LabelTime = UnixTime.Missing;
            _labels.Disowned();
            _counters.Rejected++;
            return;
        }
        _labels.Joined(labelCameFirst: true);
        _counters.LabelsJoined++;
        CountPerformance(waiting, 1);
        Judged(waiting, arrival);
    }

    private void Predicted(ref LabelEntry entry, long time, int predicted, PredictionView view, int row)
    {
        entry.PredictionTime = time;
        entry.Predicted = predicted;
        entry.Score = IsRegression ? view.Value(row) : view.Score(row);
        entry.Probabilities = _spec.Task == TaskKind.Multiclass ? view.Probabilities(row, _classOf!) : null;
    }

    private void CountMistyped(PredictionView view, int row, long time)
    {
        if (_layout is null || _panes.Find(time, create: true) is not { } pane) return;
        foreach (var name in view.Mistyped(row))
        {
            if (_layout.Feature(name) is { } slot) pane.Columns.Open(_layout.Counters)[slot.CounterStart + ColumnLayout.TypeMismatch]++;
        }
    }

    private void RecordColumns(PredictionBatch batch, PredictionView view, ReadOnlySpan<int> rows, ReadOnlySpan<Pane?> panes, ReadOnlySpan<RowSlices> slices)
    {
        if (_layout is null || rows.IsEmpty) return;
        var scores = PredictionColumns.Scores(_spec, batch, view.PositiveScores, _layout.HasScore).ToArray();
        var columns = new RecordedColumn[_layout.Columns.Length];
        for (var i = 0; i < columns.Length; i++) columns[i] = Bind(_layout.Columns[i], batch, scores);
        CountUnknown(batch, rows.Length);

        // Rows that follow each other into one pane are recorded together.
        var scratch = ArrayPool<double>.Shared.Rent(rows.Length);
        for (var start = 0; start < rows.Length;)
        {
            var end = start + 1;
            while (end < rows.Length && ReferenceEquals(panes[end], panes[start])) end++;
            var counters = panes[start]!.Columns.Open(_layout.Counters);
            var moments = panes[start]!.Moments.Open(_layout.Moments);
            foreach (ref readonly var column in columns.AsSpan()) column.Record(rows[start..end], scratch, counters, moments);
            start = end;
        }
        ArrayPool<double>.Shared.Return(scratch);
        RecordReconstruction(batch, rows, panes);
        RecordSliceColumns(batch, scores, rows, panes, slices);
    }

    private RecordedColumn Bind(ColumnSlot slot, PredictionBatch batch, (string Name, double[] Values)[] scores)
    {
        var spec = slot.Reference.Role == ColumnRole.Feature ? FeatureSpecOf(slot.Reference.Name) : null;
        var values = slot.Reference.Role switch
        {
            ColumnRole.Feature => batch.Feature(slot.Reference.Name),
            ColumnRole.Prediction => batch.Predictions,
            _ => null,
        };
        var numbers = slot.Reference.Role == ColumnRole.Score ? Array.Find(scores, s => s.Name == slot.Reference.Name).Values : null;
        return new RecordedColumn(slot, spec, values, numbers);
    }

    private FeatureSpec FeatureSpecOf(string name)
    {
        // The spec is replaced whole, so its index is as good as its list.
        if (!ReferenceEquals(_indexedFeatures, _spec.Features))
        {
            _indexedFeatures = _spec.Features;
            _featureSpecs = _spec.Features!.ToDictionary(f => f.Name, StringComparer.Ordinal);
        }
        return _featureSpecs[name];
    }

    private void CountUnknown(PredictionBatch batch, int rows)
    {
        foreach (var column in batch.Features)
        {
            if (_layout!.Feature(column.Name) is null) _counters.UnknownFeatures += rows;
        }
    }

    private struct RowCounts
    {
        public int Beside;
        public int Duplicates;
        public int Failed;
        public int TooLate;
    }
}
