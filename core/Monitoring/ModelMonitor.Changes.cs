using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Labels;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    private ChangeWatch _changes = new([]);

    /// <summary>What the change detectors have found, in the spec's order.</summary>
    public IReadOnlyList<ChangeReport> Changes => _changes.Reports;

    /// <summary>Told of each change while its entry is applied: the detector, and the event time of the value at which it was found. No part of the state.</summary>
    public void OnChange(Action<DetectorSpec, DateTimeOffset> found) => _changes.Found = found;

    private IReadOnlyList<DetectorSpec> Detectors => _spec.Detectors ?? DetectorSpec.Defaults(IsRegression);

    /// <summary>Follows a spec that was given or inferred.</summary>
    private void WatchChanges()
    {
        if (!_changes.Is(Detectors)) _changes = _changes.With(Detectors);
    }

    /// <summary>A prediction's label is known.</summary>
    private void Judged(in LabelEntry entry, long arrival)
    {
        var error = IsRegression ? Math.Abs(entry.Target - entry.Score) : entry.Predicted == entry.Truth ? 0 : 1;
        _changes.Judged(error, entry.PredictionTime, arrival);
        if (IsRegression) _residuals.Add(entry.Target - entry.Score, BaselineRows);
    }
}
