using System.Buffers;
using FleetMonitor.Core.Evidence;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Drift;

/// <summary>When the drift that a window shows began, from the panes that are kept.</summary>
/// <remarks>
/// The maximum-likelihood change point from the reference p to the window's distribution q over the cells of <see cref="DriftNull"/> (Page 1954): the start of that pane from which on the sum of n·ln(q/p) is largest.
/// It reads panes and writes nothing, and moves with what they hold: as fine as they are, and no earlier than the oldest. O(panes × counters).
/// </remarks>
internal static class DriftOnset
{
    private const double SmallestShare = 1e-4;

    /// <summary>An onset, Unix microseconds, for each of <paramref name="which"/>.</summary>
    public static long[] Find(IEnumerable<Pane> panes, int counters, IReadOnlyList<ModelEvidence.Feature> features, IReadOnlyList<int> which, WindowTotals window)
    {
        var ratios = which.Select(i => LogRatios(features[i], window)).ToArray();
        var sums = new double[which.Count];
        var largest = new double[which.Count];
        var onsets = new long[which.Count];
        largest.AsSpan().Fill(double.NegativeInfinity);
        var scratch = ArrayPool<long>.Shared.Rent(counters);
        Span<long> cells = stackalloc long[DriftNull.MaxCells];
        foreach (var pane in panes.Where(p => !p.Columns.IsEmpty).OrderByDescending(p => p.Start))
        {
            scratch.AsSpan(0, counters).Clear();
            pane.Columns.AddTo(scratch);
            for (var i = 0; i < which.Count; i++)
            {
                var feature = features[which[i]];
                feature.Count(scratch, cells[..feature.Null.Cells]);
                for (var cell = 0; cell < feature.Null.Cells; cell++) sums[i] += cells[cell] * ratios[i][cell];
                if (sums[i] <= largest[i]) continue;
                (largest[i], onsets[i]) = (sums[i], pane.Start);
            }
        }
        ArrayPool<long>.Shared.Return(scratch);
        return onsets;
    }

    private static double[] LogRatios(ModelEvidence.Feature feature, WindowTotals window)
    {
        Span<long> cells = stackalloc long[DriftNull.MaxCells];
        cells = cells[..feature.Null.Cells];
        feature.Count(window.Columns, cells);
        var values = 0.0;
        foreach (var count in cells) values += count;
        var ratios = new double[cells.Length];
        for (var cell = 0; cell < ratios.Length; cell++) ratios[cell] = Math.Log(Math.Max(SmallestShare, cells[cell] / values) / Math.Max(SmallestShare, feature.Null.Shares[cell]));
        return ratios;
    }
}
