using FleetMonitor.Core;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Series;
using FleetMonitor.Storage;

namespace FleetMonitor.Grains;

/// <summary>What a model shows: its series, its row in the fleet's list, its evidence. Renewed on its tick where something has changed.</summary>
public sealed partial class ModelGrain
{
    /// <summary>A row of the fleet's list is written anew after it, changed or not: by that an activation learns that the model lives elsewhere.</summary>
    private const long RowRenewal = 30 * UnixTime.Second;

    private Shown? _shown;

    private Task Tick(CancellationToken cancellationToken)
    {
        if (_lease is { } lease && store.IsStale(lease))
        {
            // Without traffic nothing else would tell it that the model lives elsewhere, and it would answer for it with what it once knew.
            LeaveToNewer();
            return Task.CompletedTask;
        }
        Publish();
        return Forget();
    }

    private void Publish()
    {
        if (_monitor is not { } monitor || _lease is not { } lease) return;
        monitor.Pack();
        var now = Now;
        if (_shown is not { } shown || !StillHolds(shown, monitor, now)) Show(monitor, lease, now);
        else if (IsDue(shown, now)) PublishRow(lease, shown, shown.Row, now);
    }

    /// <summary>Whether what is shown is what would be shown now.</summary>
    private bool StillHolds(Shown shown, ModelMonitor monitor, long now)
    {
        if (_applied != shown.Applied || now < shown.At || now >= shown.Until) return false;
        var (verdict, cutoff) = (board.Verdict, registry.Features.Cutoff);
        if (!ReferenceEquals(verdict, shown.Verdict) && !board.SayTheSame(Name, monitor.Evidence(), verdict, shown.Verdict)) return false;
        if (cutoff != shown.Cutoff && !registry.Features.Follow(Name, cutoff)) return false;
        (shown.Verdict, shown.Cutoff) = (verdict, cutoff);
        return true;
    }

    private void Show(ModelMonitor monitor, ModelLease lease, long now)
    {
        var model = monitor.Describe(now);
        var headline = monitor.Headline(now);
        var row = Summary.Of(model, headline.Score, UnixTime.ToDateTime(now));
        var shown = new Shown(_applied, now, monitor.UnchangedUntil(now), row) { Verdict = board.Verdict, Cutoff = registry.Features.Cutoff, RowAt = _shown?.RowAt ?? 0 };
        if (_shown is not { } last || IsDue(last, now) || last.Row with { Updated = row.Updated } != row) PublishRow(lease, shown, row, now);
        _shown = shown;
        if (monitor.Retired)
        {
            Withdraw(lease);
            return;
        }
        var evidence = monitor.Evidence();
        board.Post(Name, evidence, headline.Score);
        var versions = model.Versions.Count > 0 ? monitor.Versions(monitor.Spec.HeadlineWindow, now) : null;
        var input = new SeriesInput(model, headline.Score, lease.Epoch) { Fleet = board.Judge(Name, evidence, shown.Verdict), Versions = versions };
        registry.Publish(Name, model.State, ModelSeries.Render(input), lease.Epoch);
        registry.Features.Publish(Name, FeatureSeries.Render(monitor, headline, shown.Cutoff));
    }

    /// <summary>Whether the row is to be renewed; at once where the clock was set back.</summary>
    private static bool IsDue(Shown shown, long now) => now - shown.RowAt is < 0 or >= RowRenewal;

    private void PublishRow(ModelLease lease, Shown shown, ModelSummary row, long now)
    {
        shown.RowAt = now;
        store.PublishSummary(lease, row with { Updated = UnixTime.ToDateTime(now) });
    }

    /// <summary>What is shown of the model, and on what it rests.</summary>
    /// <param name="Applied">The log's sequence that it was read at.</param>
    /// <param name="At">When, Unix microseconds.</param>
    /// <param name="Until">Until when it holds if nothing is applied.</param>
    /// <param name="Row">The row in the fleet's list.</param>
    private sealed record Shown(long Applied, long At, long Until, ModelSummary Row)
    {
        public FleetVerdict? Verdict { get; set; }

        public double Cutoff { get; set; }

        /// <summary>When the row was last handed to the store.</summary>
        public long RowAt { get; set; }
    }
}
