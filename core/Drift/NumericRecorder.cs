using System.Diagnostics;
using System.Runtime.Intrinsics;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Drift;

/// <summary>Counts a run of numeric values into one pane: the inner loop of recording.</summary>
/// <remarks>
/// Blocks of finite values go through without a branch a value (<see cref="BinSearch"/>, vectors of sums); a value beyond the reference's range costs its
/// block one more pass; a block with a missing or infinite value, or one outside the spec's range, is counted one by one. No allocation.
/// </remarks>
internal static class NumericRecorder
{
    private const int Block = 256;

    public static void Record(ReadOnlySpan<double> values, ColumnSlot slot, FeatureSpec? spec, Span<long> counters, Span<double> moments)
    {
        Debug.Assert(slot.EdgeTable is not null, "A numeric column has edges.");
        var range = new Range(slot, spec);
        var column = counters.Slice(slot.CounterStart, slot.Counters);
        var sums = moments.Slice(slot.MomentStart, ColumnLayout.MomentCount);
        Span<byte> bins = stackalloc byte[Block];
        for (; !values.IsEmpty; values = values[Math.Min(Block, values.Length)..])
        {
            var block = values[..Math.Min(Block, values.Length)];
            var inReference = range.HasBins && range.Holds(block);
            if (inReference || (range.HasBins && range.Takes(block)))
            {
                BinSearch.Find(block, slot.EdgeTable, bins);
                Count(bins[..block.Length], column[ColumnLayout.Bins..]);
                Sum(block, range.Center, sums);
                if (!inReference) SumBeyond(block, range, sums);
            }
            else
            {
                foreach (var value in block) RecordOne(value, slot, range, column, sums);
            }
        }
    }

    private static void Count(ReadOnlySpan<byte> bins, Span<long> counts)
    {
        foreach (var bin in bins) counts[bin]++;
    }

    private static void Sum(ReadOnlySpan<double> values, double center, Span<double> sums)
    {
        Vector256<double> sum = Vector256<double>.Zero, squares = Vector256<double>.Zero, shift = Vector256.Create(center);
        var i = 0;
        for (; i <= values.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var shifted = Vector256.Create(values.Slice(i, Vector256<double>.Count)) - shift;
            sum += shifted;
            squares += shifted * shifted;
        }
        double total = Vector256.Sum(sum), totalOfSquares = Vector256.Sum(squares);
        for (; i < values.Length; i++)
        {
            var shifted = values[i] - center;
            total += shifted;
            totalOfSquares += shifted * shifted;
        }
        sums[ColumnLayout.Sum] += total;
        sums[ColumnLayout.SumOfSquares] += totalOfSquares;
    }

    private static void SumBeyond(ReadOnlySpan<double> values, in Range range, Span<double> sums)
    {
        foreach (var value in values)
        {
            sums[ColumnLayout.BelowRange] += Math.Max(0, range.ReferenceMin - value);
            sums[ColumnLayout.AboveRange] += Math.Max(0, value - range.ReferenceMax);
        }
    }

    private static void RecordOne(double value, ColumnSlot slot, in Range range, Span<long> column, Span<double> sums)
    {
        if (double.IsNaN(value))
        {
            column[ColumnLayout.Missing]++;
            return;
        }
        column[ColumnLayout.Bins + (range.HasBins ? BinSearch.Scalar(slot.EdgeTable!, value) : 0)]++;
        if (double.IsInfinity(value))
        {
            column[ColumnLayout.OutOfRange]++;
            column[value < 0 ? ColumnLayout.NegativeInfinite : ColumnLayout.PositiveInfinite]++;
            return;
        }
        if (value < range.Low || value > range.High) column[ColumnLayout.OutOfRange]++;
        var shifted = value - range.Center;
        sums[ColumnLayout.Sum] += shifted;
        sums[ColumnLayout.SumOfSquares] += shifted * shifted;
        if (!range.HasBins) return;
        sums[ColumnLayout.BelowRange] += Math.Max(0, range.ReferenceMin - value);
        sums[ColumnLayout.AboveRange] += Math.Max(0, value - range.ReferenceMax);
    }

    /// <summary>The bounds that a column's values are held against: the spec's, and the reference's.</summary>
    private readonly struct Range
    {
        private readonly double _min, _max;

        public Range(ColumnSlot slot, FeatureSpec? spec)
        {
            var reference = slot.Numeric!;
            HasBins = !reference.Edges.IsEmpty;
            Center = reference.Mean;
            Low = spec?.Min ?? double.NegativeInfinity;
            High = spec?.Max ?? double.PositiveInfinity;
            if (HasBins) (ReferenceMin, ReferenceMax) = (reference.Min, reference.Max);
            _min = Math.Max(Low, ReferenceMin);
            _max = Math.Min(High, ReferenceMax);
        }

        public bool HasBins { get; }

        public double Center { get; }

        public double Low { get; }

        public double High { get; }

        public double ReferenceMin { get; }

        public double ReferenceMax { get; }

        /// <summary>Whether every value is there, finite, and within both ranges: NaN fails every comparison.</summary>
        public bool Holds(ReadOnlySpan<double> values) => Within(values, _min, _max);

        /// <summary>Whether every value is there, finite, and within the spec's range.</summary>
        public bool Takes(ReadOnlySpan<double> values) => Within(values, Math.Max(Low, -double.MaxValue), Math.Min(High, double.MaxValue));

        private static bool Within(ReadOnlySpan<double> values, double least, double most)
        {
            Vector256<double> min = Vector256.Create(least), max = Vector256.Create(most);
            var i = 0;
            for (; i <= values.Length - Vector256<double>.Count; i += Vector256<double>.Count)
            {
                var four = Vector256.Create(values.Slice(i, Vector256<double>.Count));
                if (!Vector256.LessThanOrEqualAll(min, four) || !Vector256.LessThanOrEqualAll(four, max)) return false;
            }
            for (; i < values.Length; i++)
            {
                if (!(values[i] >= least && values[i] <= most)) return false;
            }
            return true;
        }
    }
}
