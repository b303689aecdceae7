using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Drift;

/// <summary>One column of a batch bound to its place in a pane.</summary>
internal readonly struct RecordedColumn(ColumnSlot slot, FeatureSpec? spec, ValueColumn? values, double[]? numbers)
{
    private readonly int[]? _binOfCode = slot.Categorical is null || values is null ? null : NewCodes(values);

    /// <summary>Counts <paramref name="rows"/>, all of one pane. A column that the batch does not have is missing in each.</summary>
    public void Record(ReadOnlySpan<int> rows, double[] scratch, Span<long> counters, Span<double> moments)
    {
        if (slot.Numeric is not null) RecordNumbers(rows, scratch, counters, moments);
        else RecordCategories(rows, counters);
    }

    private void RecordNumbers(ReadOnlySpan<int> rows, double[] scratch, Span<long> counters, Span<double> moments)
    {
        var all = numbers ?? (values is null ? default : values.Numbers);
        if (all.IsEmpty)
        {
            counters[slot.CounterStart + ColumnLayout.Missing] += rows.Length;
            return;
        }
        // Rows mostly follow each other; only where one was left out must they be gathered.
        if (rows[^1] - rows[0] == rows.Length - 1)
        {
            NumericRecorder.Record(all.Slice(rows[0], rows.Length), slot, spec, counters, moments);
            return;
        }
        for (var i = 0; i < rows.Length; i++) scratch[i] = all[rows[i]];
        NumericRecorder.Record(scratch.AsSpan(0, rows.Length), slot, spec, counters, moments);
    }

    private void RecordCategories(ReadOnlySpan<int> rows, Span<long> counters)
    {
        var column = counters.Slice(slot.CounterStart, slot.Counters);
        if (values is null)
        {
            column[ColumnLayout.Missing] += rows.Length;
            return;
        }
        var codes = values.Codes;
        var unknown = slot.FirstUnknown;
        foreach (var row in rows)
        {
            var code = codes.IsEmpty ? -1 : codes[row];
            if (code >= 0 && _binOfCode![code] is var known and >= 0)
            {
                column[ColumnLayout.Bins + known]++;
                if (known >= unknown) (slot.Unknown ??= new UnknownTracker()).Update(CategoryValue.At(values, row, slot.Reference.Role)!);
                continue;
            }
            if (CategoryValue.At(values, row, slot.Reference.Role) is not { } category)
            {
                column[ColumnLayout.Missing]++;
                continue;
            }
            var bin = slot.BinOf(category);
            if (code >= 0) _binOfCode![code] = bin;
            column[ColumnLayout.Bins + bin]++;
            if (bin >= unknown) (slot.Unknown ??= new UnknownTracker()).Update(category);
        }
    }

    private static int[] NewCodes(ValueColumn values)
    {
        var bins = new int[values.Texts.Length];
        bins.AsSpan().Fill(-1);
        return bins;
    }
}
