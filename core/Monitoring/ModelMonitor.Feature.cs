using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Scores;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    /// <summary>A column of a window in full; null when the reference has no column of that name.</summary>
    public FeatureDetail? Feature(string name, TimeSpan window, long now)
    {
        if (_layout is null || Array.Find(_layout.Columns, c => c.Reference.Name == name) is not { } slot) return null;
        var totals = Totals(window, now);
        var score = ColumnScorer.Score(slot, totals.Columns, totals.Moments, _spec.Thresholds.Drift, _spec.MinSamples);
        var counts = totals.Columns.AsSpan(slot.CounterStart + ColumnLayout.Bins, slot.BinCount);
        var bins = slot.Numeric is null ? Categories(slot, counts, score.Count) : Intervals(slot, counts, score.Count);
        var reference = slot.Numeric is { Percentiles.Count: > 0 } numeric ? new ReferenceMoments(numeric.Mean, numeric.Std, numeric.Percentiles) : null;
        return new FeatureDetail(window, UnixTime.ToDateTime(now), score, bins, reference) { Unknown = slot.Unknown?.Report };
    }

    private static List<FeatureBin> Intervals(ColumnSlot slot, ReadOnlySpan<long> counts, long total)
    {
        var edges = slot.Numeric!.Edges;
        var bins = new List<FeatureBin>(counts.Length);
        for (var bin = 0; bin < counts.Length; bin++)
        {
            bins.Add(new FeatureBin(null, bin == 0 ? null : edges[bin - 1], bin == edges.Length ? null : edges[bin], counts[bin], Share(counts[bin], total), ReferenceShare(slot, bin)));
        }
        return bins;
    }

    private static List<FeatureBin> Categories(ColumnSlot slot, ReadOnlySpan<long> counts, long total)
    {
        string[] names = [.. slot.Categorical!.Categories, "(other)", .. slot.Unseen];
        var bins = new List<FeatureBin>(names.Length);
        for (var bin = 0; bin < names.Length; bin++)
        {
            bins.Add(new FeatureBin(names[bin], null, null, counts[bin], Share(counts[bin], total), ReferenceShare(slot, bin)));
        }
        return bins;
    }

    private static double? Share(long count, long total) => total == 0 ? null : (double)count / total;

    private static double? ReferenceShare(ColumnSlot slot, int bin)
    {
        var present = slot.Reference.Rows - slot.Reference.Missing;
        return present == 0 ? null : (bin < slot.Reference.Counts.Length ? slot.Reference.Counts[bin] : 0) / (double)present;
    }
}
