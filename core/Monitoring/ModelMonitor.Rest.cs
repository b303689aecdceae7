using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

/// <summary>What a model that gets no input costs: as little memory as it can, and no work until time changes what it says.</summary>
public sealed partial class ModelMonitor
{
    private bool _touched = true;
    private bool _packed;

    /// <summary>Packs the panes that a batch of past events has opened; all of them when nothing has been applied since the last call. No change of the state, only of its form.</summary>
    /// <remarks>Panes close when a later event arrives, so without this a model that falls silent would keep open what its last batch has touched: 10 kB a pane of 20 features instead of about 1.</remarks>
    public void Pack()
    {
        if (_touched) _panes.PackClosed();
        else if (!_packed) _panes.PackAll();
        (_packed, _touched) = (!_touched, false);
    }

    /// <summary>
    /// Until when (Unix microseconds, exclusive) description, headline window and versions say what they say at <paramref name="now"/>, as long as nothing is applied; but for the times
    /// they were asked for. <see cref="long.MaxValue"/>: for good.
    /// </summary>
    /// <remarks>
    /// Time alone moves four borders: the window's, which leaves a pane behind; the label delay's, beyond which a pane tells what share of labels is to be expected; the label horizon's, beyond which it
    /// is no candidate for the newest complete window; and the end of a maintenance. All else follows from panes and counters. O(panes).
    /// </remarks>
    public long UnchangedUntil(long now)
    {
        long from = PaneStore.WindowStart(_spec.HeadlineWindow, now), delay = UnixTime.From(_spec.LabelDelay), horizon = UnixTime.From(_spec.LabelHorizon);
        var until = _maintenanceUntil > now ? _maintenanceUntil : long.MaxValue;
        foreach (var (pane, size) in _panes.OldestFirst())
        {
            var end = pane.Start + size;
            if (pane.Start >= from) until = Math.Min(until, PaneStore.LeavesWindow(_spec.HeadlineWindow, pane.Start));
            if (end + delay > now) until = Math.Min(until, end + delay);
            if (end + horizon > now) until = Math.Min(until, end + horizon);
        }
        return until;
    }
}
