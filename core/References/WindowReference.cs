using System.Globalization;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.References;

/// <summary>A reference made of a window that was counted over an older reference's bins: no row of it is kept, its histogram is.</summary>
/// <remarks>
/// A bin's values are taken as spread evenly over it, those beyond the old range as evenly as their mean distance from it says, and a bin that is a
/// single value (few distinct ones) as that value. Quantiles of the new reference
/// are so off by less than a bin of the old one, a fortieth of its mass. What lies beyond the old range has no bins: with more than <see
/// cref="MostBeyond"/> of a column there, the window is refused. Categories are exact. O(bins + samples log samples).
/// </remarks>
internal static class WindowReference
{
    /// <summary>The largest share of a column's values beyond the old reference's range.</summary>
    public const double MostBeyond = 0.1;

    /// <summary>Values that stand for a numeric column: as many as there were, at most this many.</summary>
    private const int Samples = 20_000;

    public static string? Obstacle(ColumnLayout layout, WindowTotals totals, int minSamples)
    {
        var most = 0L;
        foreach (var slot in layout.Columns)
        {
            var (counts, count) = Counts(slot, totals);
            most = Math.Max(most, count);
            if (slot.Numeric is null || count == 0) continue;
            var beyond = (double)(counts[0] + counts[^1] - totals.Columns[slot.CounterStart + ColumnLayout.NegativeInfinite] - totals.Columns[slot.CounterStart + ColumnLayout.PositiveInfinite]) / count;
            if (beyond > MostBeyond)
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"{beyond:0%} of \"{slot.Reference.Name}\" lie beyond the range of the reference that the window was counted over, at most {MostBeyond:0%} may: capture the predictions that follow instead");
            }
        }
        return most >= minSamples ? null : string.Create(CultureInfo.InvariantCulture, $"the window has {most} predictions that were counted over the reference's bins, at least {minSamples} are needed");
    }

    public static IReadOnlyList<ColumnReference> Columns(ColumnLayout layout, WindowTotals totals) => [.. layout.Columns.Select(slot => Column(slot, totals))];

    private static ColumnReference Column(ColumnSlot slot, WindowTotals totals)
    {
        var (counts, count) = Counts(slot, totals);
        var missing = totals.Columns[slot.CounterStart + ColumnLayout.Missing];
        return slot.Categorical is { } categorical
            ? Categories(slot, categorical, counts, count + missing)
            : NumericReference.Build(slot.Reference.Name, slot.Reference.Role, Values(slot, totals, counts, count, missing));
    }

    /// <summary>Values that are distributed as the window's histogram is, NaN where one is missing.</summary>
    private static double[] Values(ColumnSlot slot, WindowTotals totals, ReadOnlySpan<long> counts, long count, long missing)
    {
        var old = slot.Numeric!;
        double below = totals.Moments[slot.MomentStart + ColumnLayout.BelowRange], above = totals.Moments[slot.MomentStart + ColumnLayout.AboveRange];
        var scale = Math.Min(1, (double)Samples / Math.Max(1, count + missing));
        long negative = totals.Columns[slot.CounterStart + ColumnLayout.NegativeInfinite], positive = totals.Columns[slot.CounterStart + ColumnLayout.PositiveInfinite];
        var values = new List<double>();
        var (seen, taken) = (0L, 0L);
        int Next(long some)
        {
            // Rounded as they add up, so that no share is lost however small the bins are.
            seen += some;
            var next = (int)((long)Math.Round(seen * scale) - taken);
            taken += next;
            return next;
        }
        void Add(long some, double low, double high)
        {
            var next = Next(some);
            for (var i = 0; i < next; i++) values.Add(low + ((high - low) * (i + 0.5) / next));
        }
        for (var bin = 0; bin < counts.Length && !old.Edges.IsEmpty; bin++)
        {
            if (bin == 0)
            {
                var distance = counts[0] > negative ? below / (counts[0] - negative) : 0;
                Add(counts[0] - negative, old.Min - (2 * distance), old.Min);
            }
            else if (bin == counts.Length - 1)
            {
                var distance = counts[bin] > positive ? above / (counts[bin] - positive) : 0;
                Add(counts[bin] - positive, old.Max, old.Max + (2 * distance));
            }
            else
            {
                var edge = old.Edges[bin];
                Add(counts[bin], old.BinMeans[bin] == edge ? edge : old.Edges[bin - 1], edge);
            }
        }
        values.AddRange(Enumerable.Repeat(double.NegativeInfinity, Next(negative)));
        values.AddRange(Enumerable.Repeat(double.PositiveInfinity, Next(positive)));
        values.AddRange(Enumerable.Repeat(double.NaN, Next(missing)));
        return [.. values];
    }

    private static (long[] Counts, long Count) Counts(ColumnSlot slot, WindowTotals totals)
    {
        var counts = totals.Columns.AsSpan(slot.CounterStart + ColumnLayout.Bins, slot.BinCount).ToArray();
        return (counts, counts.Sum());
    }

    private static CategoricalReference Categories(ColumnSlot slot, CategoricalReference old, ReadOnlySpan<long> counts, long rows)
    {
        var named = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var bin = 0; bin < old.Categories.Count; bin++)
        {
            if (counts[bin] > 0) named[old.Categories[bin]] = counts[bin];
        }
        var next = old.Categories.Count + 1;
        foreach (var category in slot.Unseen)
        {
            if (counts[next] > 0) named[category] = counts[next];
            next++;
        }
        return CategoricalReference.Build(slot.Reference.Name, slot.Reference.Role, rows, named, unnamed: counts[old.Categories.Count]);
    }
}
