using System.Globalization;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Scores;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    /// <summary>Categories that stand for themselves in <see cref="HeadlineReading.CoarseBins"/>: the reference's most frequent ones.</summary>
    private const int MaxCoarseCategories = 20;

    /// <summary>Bins that <see cref="HeadlineReading.CoarseBins"/> has for a feature of the reference; 0 for any other.</summary>
    public int CoarseBinCount(string feature) => _layout?.Feature(feature) switch
    {
        { Numeric: { } numeric } => numeric.DecileEdges.Length + 1,
        { Categorical: { } categorical } => Math.Min(categorical.Categories.Count, MaxCoarseCategories) + 1,
        _ => 0,
    };

    /// <summary>The headline window, its panes summed up once for whatever is asked of it. Good until the next <see cref="Apply"/>.</summary>
    public HeadlineReading Headline(long now)
    {
        var totals = Totals(_spec.HeadlineWindow, now);
        return new HeadlineReading(Score(_spec.HeadlineWindow, now, totals), feature => _layout?.Feature(feature) is { } slot ? Coarse(slot, totals.Columns) : []);
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
