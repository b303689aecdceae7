using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Labels;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Segments;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    private ModelSlices? _slices;

    // The slices of the batch being applied.
    private SegmentBinding? _bound;

    /// <summary>A window slice by slice, the worst first; no slices where the spec names no segment.</summary>
    public SegmentScores Segments(TimeSpan window, long now)
    {
        var from = PaneStore.WindowStart(window, now);
        var score = ScoreBetween(window, from, long.MaxValue, now);
        IReadOnlyList<SliceScore> slices = [];
        if (_slices is not null)
        {
            var panes = _panes.Between(from, long.MaxValue).ToList();
            var totals = new WindowTotals(panes, Bounds);
            var sliced = new SliceTotals(panes, _slices.Table.Slices.Count, _slices.Layout?.Cells ?? 0, IsRegression);
            slices = SliceScorer.Score(_slices.Table, sliced, All(totals), _spec, _slices.Layout, _slices.Baselines);
        }
        return new SegmentScores(Name, Version, _spec.Task, window, score.From, score.To, _slices?.Table.Keys ?? [], score.Predictions, slices);
    }

    private Labelled All(WindowTotals totals)
    {
        if (IsRegression) return Labelled.Of(totals.Regression);
        var correct = ClassificationCounters.CorrectOf(totals.Labels);
        return new Labelled(ClassificationCounters.LabelledOf(totals.Labels), correct, correct);
    }

    private void RestartSegments()
    {
        if (_slices is null && _spec.Segments.Count == 0) return;
        _slices = _spec.Segments.Count == 0 ? null : new ModelSlices(_spec.Segments);
        _slices?.Use(_layout);
        _labels.ForgetSlices();
        foreach (var pane in _panes.All()) pane.Slices = null;
    }

    /// <summary>After a change of the reference. Slices at its quartiles are other slices; the rest go on, compared with new beginnings.</summary>
    private void SliceByReference()
    {
        if (SegmentBinding.DependsOnReference(_spec)) RestartSegments();
        else _slices?.Use(_layout);
    }

    private void BindSegments(PredictionBatch batch) => _bound = _slices is null ? null : new SegmentBinding(_slices.Table, batch, _spec, _layout);

    private RowSlices RecordSlices(Pane pane, PredictionView view, int row, double confidence)
    {
        if (_bound is null) return default;
        var slices = _bound.Of(row);
        if (!slices.Any) return slices;
        var blocks = pane.Slices ??= new SliceBlocks();
        foreach (var slice in slices) SliceCounters.RecordTraffic(blocks.Of(slice), view.Error(row), view.Latency(row), confidence, _spec.Thresholds.LowConfidence);
        return slices;
    }

    private void RecordSliceColumns(PredictionBatch batch, (string Name, double[] Values)[] scores, ReadOnlySpan<int> rows, ReadOnlySpan<Pane?> panes, ReadOnlySpan<RowSlices> slices)
    {
        if (_slices?.Layout is not { } layout) return;
        var recorder = new SliceRecorder(layout, _slices.Baselines, slot => Source(slot, batch, scores));
        for (var i = 0; i < rows.Length; i++)
        {
            if (slices[i].Any) recorder.Record(rows[i], slices[i], panes[i]!.Slices ??= new SliceBlocks());
        }
    }

    private static (ValueColumn? Values, double[]? Numbers) Source(ColumnSlot slot, PredictionBatch batch, (string Name, double[] Values)[] scores) => slot.Reference.Role switch
    {
        ColumnRole.Feature => (batch.Feature(slot.Reference.Name), null),
        ColumnRole.Prediction => (batch.Predictions, null),
        _ => (null, Array.Find(scores, s => s.Name == slot.Reference.Name).Values),
    };

    private void CountSlices(Pane pane, in LabelEntry entry, int sign)
    {
        if (!entry.Slices.Any) return;
        var blocks = pane.Slices ??= new SliceBlocks();
        foreach (var slice in entry.Slices)
        {
            if (IsRegression)
            {
                ref var sums = ref blocks.RegressionOf(slice);
                if (sign > 0) sums.Add(entry.Target, entry.Score);
                else sums.Remove(entry.Target, entry.Score);
            }
            else
            {
                SliceCounters.RecordLabel(blocks.Of(slice), entry.Predicted, entry.Truth, _spec.Task == TaskKind.Binary ? PositiveIndex : -1, sign);
            }
        }
    }

    private void WriteSegments(CodecWriter writer)
    {
        if (_slices is null) return;
        _slices.Write(writer);
        foreach (var pane in _panes.All())
        {
            writer.Bool(pane.Slices is not null);
            pane.Slices?.Write(writer);
        }
        _labels.WriteSlices(writer);
    }

    private void ReadSegments(ref CodecReader reader)
    {
        if (_spec.Segments.Count == 0) return;
        _slices = ModelSlices.Read(ref reader, _spec.Segments, _layout);
        foreach (var pane in _panes.All())
        {
            if (reader.Bool()) pane.Slices = SliceBlocks.Read(ref reader, SegmentTable.MaxSlices * SliceCounters.Length, _slices.MaxCells);
        }
        _labels.ReadSlices(ref reader);
    }
}
