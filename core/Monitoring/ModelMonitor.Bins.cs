using System.Globalization;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    /// <summary>Categories that stand for themselves in <see cref="CoarseBins"/>: the reference's most frequent ones.</summary>
    private const int MaxCoarseCategories = 20;

    /// <summary>Bins that <see cref="CoarseBins"/> has for a feature of the reference; 0 for any other.</summary>
    public int CoarseBinCount(string feature) => _layout?.Feature(feature) switch
    {
        { Numeric: { } numeric } => numeric.DecileEdges.Length + 1,
        { Categorical: { } categorical } => Math.Min(categorical.Categories.Count, MaxCoarseCategories) + 1,
        _ => 0,
    };

    /// <summary>Features of the headline window in few bins beside their reference: deciles of numbers; the most frequent categories, and "(other)".</summary>
    /// <remarks>One pass over the panes, whatever the number of features. Empty for a feature that the reference does not have.</remarks>
    public IReadOnlyList<IReadOnlyList<CoarseBin>> CoarseBins(IReadOnlyList<string> features, long now)
    {
        var totals = new WindowTotals(_panes.Between(PaneStore.WindowStart(_spec.HeadlineWindow, now), long.MaxValue), Bounds);
        return [.. features.Select(feature => _layout?.Feature(feature) is { } slot ? Coarse(slot, totals.Columns) : [])];
    }

    private static CoarseBin[] Coarse(ColumnSlot slot, ReadOnlySpan<long> columns)
    {
        var labels = slot.Numeric is { } numeric ? DecileLabels(numeric.DecileEdges) : CategoryLabels(slot.Categorical!.Categories);
        Span<long> window = stackalloc long[labels.Length], reference = stackalloc long[labels.Length];
        var counts = columns.Slice(slot.CounterStart + ColumnLayout.Bins, slot.BinCount);
        for (var bin = 0; bin < counts.Length; bin++)
        {
            var coarse = slot.Numeric is { } numbers ? numbers.Deciles[bin] : Math.Min(bin, labels.Length - 1);
            window[coarse] += counts[bin];
            if (bin < slot.Reference.Counts.Length) reference[coarse] += slot.Reference.Counts[bin];
        }
        long windowTotal = 0, referenceTotal = 0;
        for (var bin = 0; bin < labels.Length; bin++) (windowTotal, referenceTotal) = (windowTotal + window[bin], referenceTotal + reference[bin]);
        var bins = new CoarseBin[labels.Length];
        for (var bin = 0; bin < bins.Length; bin++) bins[bin] = new CoarseBin(labels[bin], Share(window[bin], windowTotal), Share(reference[bin], referenceTotal));
        return bins;
    }

    /// <summary>"03 (1.5, 2.25]": the number first, so that bins sort as text.</summary>
    private static string[] DecileLabels(ReadOnlySpan<double> edges)
    {
        var labels = new string[edges.Length + 1];
        for (var bin = 0; bin < labels.Length; bin++)
        {
            var above = bin == 0 ? "-inf" : edges[bin - 1].ToString("G5", CultureInfo.InvariantCulture);
            var upTo = bin == edges.Length ? "inf)" : edges[bin].ToString("G5", CultureInfo.InvariantCulture) + "]";
            labels[bin] = string.Create(CultureInfo.InvariantCulture, $"{bin + 1:00} ({above}, {upTo}");
        }
        return labels;
    }

    private static string[] CategoryLabels(IReadOnlyList<string> categories) => [.. categories.Take(MaxCoarseCategories), "(other)"];
}
