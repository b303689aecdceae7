using System.Diagnostics;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Drift;

/// <summary>Counts a run of numeric values into one pane: the inner loop of recording.</summary>
/// <remarks>Six compare-and-add steps find a bin among at most 64, without a branch that data could mispredict; no allocation.</remarks>
internal static class NumericRecorder
{
    public static void Record(ReadOnlySpan<double> values, ColumnSlot slot, FeatureSpec? spec, Span<long> counters, Span<double> moments)
    {
        Debug.Assert(slot.PaddedEdges is not null, "A numeric column has edges.");
        var reference = slot.Numeric!;
        var edges = slot.PaddedEdges;
        var bins = counters.Slice(slot.CounterStart + ColumnLayout.Bins, slot.BinCount);
        double low = spec?.Min ?? double.NegativeInfinity, high = spec?.Max ?? double.PositiveInfinity;
        double referenceMin = 0, referenceMax = 0;
        var binned = !reference.Edges.IsEmpty;
        if (binned) (referenceMin, referenceMax) = (reference.Min, reference.Max);
        var center = reference.Mean;
        long missing = 0, outOfRange = 0, negative = 0, positive = 0;
        double sum = 0, squares = 0, below = 0, above = 0;
        foreach (var value in values)
        {
            if (double.IsNaN(value))
            {
                missing++;
                continue;
            }
            bins[binned ? BinOf(edges, value) : 0]++;
            if (double.IsInfinity(value))
            {
                outOfRange++;
                if (value < 0) negative++;
                else positive++;
                continue;
            }
            if (value < low || value > high) outOfRange++;
            var shifted = value - center;
            sum += shifted;
            squares += shifted * shifted;
            below += Math.Max(0, referenceMin - value);
            above += Math.Max(0, value - referenceMax);
        }

        var column = counters.Slice(slot.CounterStart, ColumnLayout.Bins);
        column[ColumnLayout.Missing] += missing;
        column[ColumnLayout.OutOfRange] += outOfRange;
        column[ColumnLayout.NegativeInfinite] += negative;
        column[ColumnLayout.PositiveInfinite] += positive;
        var moment = moments.Slice(slot.MomentStart, ColumnLayout.MomentCount);
        moment[ColumnLayout.Sum] += sum;
        moment[ColumnLayout.SumOfSquares] += squares;
        moment[ColumnLayout.BelowRange] += below;
        moment[ColumnLayout.AboveRange] += above;
    }

    /// <summary>The number of edges below <paramref name="value"/>; edges are ascending and padded to 63 with +∞.</summary>
    internal static int BinOf(double[] edges, double value)
    {
        Debug.Assert(edges.Length == NumericReference.MaxEdges, "63 edges make 64 bins.");
        var bin = edges[31] < value ? 32 : 0;
        bin += edges[bin + 15] < value ? 16 : 0;
        bin += edges[bin + 7] < value ? 8 : 0;
        bin += edges[bin + 3] < value ? 4 : 0;
        bin += edges[bin + 1] < value ? 2 : 0;
        bin += edges[bin] < value ? 1 : 0;
        return bin;
    }
}
