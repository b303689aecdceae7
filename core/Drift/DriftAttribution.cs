using FleetMonitor.Core.Evidence;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Statistics;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Drift;

/// <summary>Which features carry a window's drift, how much of it each, and which way they moved.</summary>
/// <remarks>
/// A feature's part is its population stability index over the cells of <see cref="DriftNull"/> (a symmetrised Kullback-Leibler divergence, so that independent features' parts add up), less what two samples of one
/// distribution differ by on average: (cells − 1)·(1/n + 1/m). O(features × bins).
/// </remarks>
internal static class DriftAttribution
{
    private const int Most = 10, MostCategories = 5;
    private const double Least = 0.005;

    /// <param name="onsets">When each feature's drift began, by its index.</param>
    public static IReadOnlyList<DriftContribution> Of(IReadOnlyList<ModelEvidence.Feature> features, WindowTotals totals, int minSamples, Func<IReadOnlyList<int>, IReadOnlyList<long>> onsets)
    {
        var parts = new double[features.Count];
        for (var i = 0; i < parts.Length; i++) parts[i] = Part(features[i], totals, minSamples);
        var sum = parts.Sum();
        if (sum <= 0) return [];
        int[] carrying = [.. Enumerable.Range(0, parts.Length).Where(i => parts[i] / sum >= Least).OrderByDescending(i => parts[i]).ThenBy(i => i).Take(Most)];
        var since = onsets(carrying);
        return [.. carrying.Select((index, rank) => Describe(features[index], parts[index] / sum, UnixTime.ToDateTime(since[rank]), totals))];
    }

    private static double Part(ModelEvidence.Feature feature, WindowTotals totals, int minSamples)
    {
        Span<long> window = stackalloc long[DriftNull.MaxCells], reference = stackalloc long[DriftNull.MaxCells];
        window = window[..feature.Null.Cells];
        reference = reference[..feature.Null.Cells];
        feature.Count(totals.Columns, window);
        feature.Null.Coarsen(feature.Slot.Reference.Counts, reference);
        long values = 0, referenceValues = 0;
        var cells = 0;
        for (var cell = 0; cell < window.Length; cell++)
        {
            values += window[cell];
            referenceValues += reference[cell];
            if (window[cell] + reference[cell] > 0) cells++;
        }
        if (values < minSamples || referenceValues == 0) return 0;
        var bySampling = (cells - 1) * ((1.0 / values) + (1.0 / referenceValues));
        return Math.Max(0, (HistogramDistance.PopulationStabilityIndex(reference, window) ?? 0) - bySampling);
    }

    private static DriftContribution Describe(ModelEvidence.Feature feature, double share, DateTimeOffset since, WindowTotals totals)
    {
        var slot = feature.Slot;
        var bins = totals.Columns.AsSpan(slot.CounterStart + ColumnLayout.Bins, slot.BinCount);
        return slot.Numeric is { } numeric
            ? new DriftContribution(slot.Reference.Name, share, since, Shift(slot, numeric, bins, totals), [])
            : new DriftContribution(slot.Reference.Name, share, since, null, Moved(slot, bins));
    }

    private static NumericShift Shift(ColumnSlot slot, NumericReference reference, ReadOnlySpan<long> bins, WindowTotals totals)
    {
        var column = totals.Columns.AsSpan(slot.CounterStart, slot.Counters);
        var finite = -column[ColumnLayout.NegativeInfinite] - column[ColumnLayout.PositiveInfinite];
        foreach (var count in bins) finite += count;
        double? mean = finite <= 0 ? null : Statistics.Score.OrNull(reference.Mean + (totals.Moments[slot.MomentStart + ColumnLayout.Sum] / finite));
        var (p10, p50, p90) = (Quantile(reference, bins, 0.1), Quantile(reference, bins, 0.5), Quantile(reference, bins, 0.9));
        var (then10, then50, then90) = (reference.Percentiles[10], reference.Percentiles[50], reference.Percentiles[90]);
        return new NumericShift(Direction(p10 - then10, p50 - then50, p90 - then90, mean - reference.Mean), reference.Mean, mean, then10, p10, then50, p50, then90, p90);
    }

    private static string Direction(double low, double middle, double high, double? mean) => (low, middle, high) switch
    {
        ( >= 0, >= 0, >= 0) when low + middle + high > 0 => "up",
        ( <= 0, <= 0, <= 0) when low + middle + high < 0 => "down",
        ( < 0, _, > 0) => "wider",
        ( > 0, _, < 0) => "narrower",
        // Nothing moved between the ends: what did lies beyond them.
        (0, 0, 0) when mean is not (null or 0) => mean > 0 ? "up" : "down",
        _ => "mixed",
    };

    /// <summary>Linear inside the bin; at the reference's border for what lies beyond it.</summary>
    private static double Quantile(NumericReference reference, ReadOnlySpan<long> bins, double quantile)
    {
        var edges = reference.Edges;
        var total = 0L;
        foreach (var count in bins) total += count;
        var rank = quantile * total;
        for (var bin = 0; bin < edges.Length; bin++)
        {
            // Of two products, since the width of a bin may be more than a double holds.
            if (bins[bin] > 0 && rank <= bins[bin]) return bin == 0 ? edges[0] : (edges[bin - 1] * (1 - (rank / bins[bin]))) + (edges[bin] * (rank / bins[bin]));
            rank -= bins[bin];
        }
        return edges[^1];
    }

    private static IReadOnlyList<CategoryShift> Moved(ColumnSlot slot, ReadOnlySpan<long> bins)
    {
        double total = 0, referenceTotal = slot.Reference.Rows - slot.Reference.Missing;
        foreach (var count in bins) total += count;
        string[] names = [.. slot.Categorical!.Categories, "(other)", .. slot.Unseen];
        var shifts = new CategoryShift[names.Length];
        for (var bin = 0; bin < names.Length; bin++)
        {
            shifts[bin] = new CategoryShift(names[bin], (bin < slot.Reference.Counts.Length ? slot.Reference.Counts[bin] : 0) / referenceTotal, bins[bin] / total);
        }
        return [.. shifts.Where(s => s.From != s.To).OrderByDescending(s => Math.Abs(s.To - s.From)).ThenBy(s => s.Category, StringComparer.Ordinal).Take(MostCategories)];
    }
}
