using FleetMonitor.Core.Segments;

namespace FleetMonitor.Core.Specs;

/// <summary>The rule of which changes of a spec make windows begin anew: those after which what was counted would mean something else.</summary>
/// <remarks>
/// Another task or positive class changes what a right answer is; other features (names, kinds or order) change what a reference's columns are;
/// another tolerance changes what evidence is against. Everything else
/// (thresholds, windows, owners, label times, bounds of features) is read when a window is scored, or from the next prediction on, and restarts
/// nothing. What was open and is now said, or inferred, changes nothing either.
/// </remarks>
public static class SpecChanges
{
    /// <param name="capturing">Whether a reference is being captured from the first predictions.</param>
    public static IReadOnlyList<SpecChange> Between(ModelSpec old, ModelSpec spec, bool capturing) =>
        [.. SpecDifference.Between(old, spec).Select(difference => Judge(difference.Field, old, spec, capturing))];

    private static SpecChange Judge(string field, ModelSpec old, ModelSpec spec, bool capturing)
    {
        var sliced = spec.Segments.Count > 0 || old.Segments.Count > 0;
        switch (field)
        {
            case "task" when old.Task is not null:
                return Changed(field, "labels and scores of another task mean something else", Restart.Reference, Restart.Evidence, Restart.Performance, Restart.Detectors, Restart.Versions, sliced ? Restart.Segments : null);
            case "positive" when old.Positive is not null:
                return Changed(field, "precision, recall and scores are those of the positive class", Restart.Performance, Restart.Detectors, Restart.Versions, sliced ? Restart.Segments : null);
            case "features" when old.Features is not null && !SameColumns(spec, old):
                var byReference = SegmentBinding.DependsOnReference(spec) || SegmentBinding.DependsOnReference(old);
                return Changed(field, "a reference of other columns cannot be compared with", Restart.Reference, Restart.Evidence, byReference ? Restart.Segments : null);
            case "thresholds.drift.tolerance":
                return Changed(field, "evidence is against that tolerance", Restart.Evidence);
            case "segments":
                return Changed(field, "slices are counted as predictions come", Restart.Segments);
            case "detectors":
                return Changed(field, "a detector with other parameters knows nothing yet", Restart.Detectors);
            case "challengers" when (old.Challengers ?? ChallengerTraffic.Split) != (spec.Challengers ?? ChallengerTraffic.Split):
                return Changed(field, "other predictions count as the model's own", Restart.Versions);
            case "reference.capture" when spec.Reference.Capture == 0 && capturing:
                return Changed(field, "no reference is captured any more", Restart.Capture);
            default:
                return new SpecChange(field, [], null);
        }
    }

    /// <summary>Whether two specs have the same columns: names, kinds and order. Bounds may differ.</summary>
    private static bool SameColumns(ModelSpec one, ModelSpec other) =>
        (one.Features ?? []).Select(f => (f.Name, f.Kind)).SequenceEqual((other.Features ?? []).Select(f => (f.Name, f.Kind)));

    private static SpecChange Changed(string field, string why, params ReadOnlySpan<Restart?> restarts)
    {
        var restarted = new List<Restart>();
        foreach (var restart in restarts)
        {
            if (restart is { } one) restarted.Add(one);
        }
        return new SpecChange(field, restarted, why);
    }
}
