using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Traffic;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    private LabelCoverage Coverage(WindowTotals totals, long asOf)
    {
        var predictions = TrafficCounters.PredictionsOf(totals.Traffic);
        var labelled = ClassificationCounters.LabelledOf(totals.Labels);
        var expected = ExpectedRatio(asOf);
        var provisional = IsProvisional(predictions, labelled, expected);
        return IsRegression
            ? LabelCoverage.OfRegression(predictions, labelled, expected, provisional)
            : LabelCoverage.Of(predictions, labelled, ClassificationCounters.CorrectOf(totals.Labels), expected, provisional, totals.Scores, totals.LabelledScores);
    }

    private bool IsProvisional(long predictions, long labelled, double? expected) =>
        LabelCoverage.IsProvisional(predictions, labelled, expected, assumed: _spec.LabelDelay > TimeSpan.Zero);

    /// <summary>Which share of predictions gets its label in the end, by the older half of those that are kept and past the label delay; null while they are too few.</summary>
    private double? ExpectedRatio(long asOf)
    {
        var settled = asOf - UnixTime.From(_spec.LabelDelay);
        var all = 0L;
        foreach (var (pane, size) in _panes.OldestFirst())
        {
            if (pane.Start + size <= settled) all += pane.Traffic.First;
        }
        long predictions = 0, labelled = 0;
        foreach (var (pane, size) in _panes.OldestFirst())
        {
            if (2 * predictions >= all || pane.Start + size > settled) break;
            predictions += pane.Traffic.First;
            labelled += pane.Labels.First;
        }
        return predictions < _spec.MinSamples ? null : (double)labelled / predictions;
    }

    /// <summary>The newest stretch of panes as long as a window, or one pane where only longer ones are kept, whose labels are complete; within the label horizon.</summary>
    private CompleteWindow? NewestComplete(TimeSpan window, long asOf)
    {
        var expected = ExpectedRatio(asOf);
        var horizon = asOf - UnixTime.From(_spec.LabelHorizon);
        (Pane Pane, long End)[] panes = [.. _panes.OldestFirst().Where(p => p.Pane.Start + p.Size > horizon).Select(p => (p.Pane, p.Pane.Start + p.Size))];
        for (var last = panes.Length - 1; last >= 0; last--)
        {
            var from = panes[last].End - UnixTime.From(window);
            var first = last;
            long predictions = 0, labelled = 0;
            for (var i = last; i >= 0 && (i == last || panes[i].Pane.Start >= from); i--)
            {
                first = i;
                predictions += panes[i].Pane.Traffic.First;
                labelled += panes[i].Pane.Labels.First;
            }
            if (labelled < _spec.MinSamples || IsProvisional(predictions, labelled, expected)) continue;
            var totals = new WindowTotals([.. panes[first..(last + 1)].Select(p => p.Pane)], Bounds);
            return new CompleteWindow(UnixTime.ToDateTime(panes[first].Pane.Start), UnixTime.ToDateTime(panes[last].End), Classification(totals));
        }
        return null;
    }
}
