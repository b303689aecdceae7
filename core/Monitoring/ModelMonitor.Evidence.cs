using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Evidence;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    private ModelEvidence? _evidence;

    /// <summary>Evidence of drift, feature by feature, in the spec's order; empty without a reference.</summary>
    public IReadOnlyList<FeatureEvidence> Evidence() => _evidence?.Report() ?? [];

    private void RestartEvidence() => _evidence = _layout is null ? null : new ModelEvidence(_layout, _spec.Thresholds.Drift.Tolerance);

    /// <summary>Moves the panes to an arrival. Each minute is taken as evidence when it closes, before it may be merged into its hour.</summary>
    private void Advance(long arrival)
    {
        var closed = UnixTime.Floor(arrival, UnixTime.Minute) - UnixTime.Minute;
        if (arrival > _panes.Watermark)
        {
            foreach (var pane in _panes.Minutes)
            {
                if (pane.Witnessed || pane.Start >= closed) continue;
                _evidence?.Take(pane);
                pane.Witnessed = true;
            }
        }
        _panes.Advance(arrival, Leaving);
    }

    /// <summary>The score of a window that has drifted, with what carries its drift.</summary>
    private WindowScore Attributed(WindowScore score, WindowTotals totals)
    {
        if (score.Verdict != Verdict.Drifted || _evidence is null) return score;
        var features = _evidence.Features;
        return score with
        {
            Attribution = DriftAttribution.Of(features, totals, _spec.MinSamples, which => DriftOnset.Find(_panes.All(), Bounds.Columns, features, which, totals)),
        };
    }

    private void WriteEvidence(CodecWriter writer)
    {
        _evidence?.Write(writer);
        foreach (var pane in _panes.Minutes) writer.Bool(pane.Witnessed);
    }

    private void ReadEvidence(ref CodecReader reader)
    {
        if (_layout is not null) _evidence = ModelEvidence.Read(ref reader, _layout, _spec.Thresholds.Drift.Tolerance);
        foreach (var pane in _panes.Minutes) pane.Witnessed = reader.Bool();
    }
}
