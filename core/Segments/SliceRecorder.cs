using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Drift;

namespace FleetMonitor.Core.Segments;

/// <summary>Counts a batch's columns into the slices of its rows. O(columns × keys) a row.</summary>
internal sealed class SliceRecorder
{
    private readonly SliceLayout _layout;
    private readonly SliceBaselines _baselines;
    private readonly (SliceColumn Column, ValueColumn? Values, double[]? Numbers)[] _columns;

    public SliceRecorder(SliceLayout layout, SliceBaselines baselines, Func<ColumnSlot, (ValueColumn? Values, double[]? Numbers)> bind)
    {
        _layout = layout;
        _baselines = baselines;
        _columns = [.. layout.Columns.Select(c =>
        {
            var (values, numbers) = bind(c.Slot);
            return (c, values, numbers);
        })];
    }

    public void Record(int row, RowSlices slices, SliceBlocks blocks)
    {
        Span<int> cells = stackalloc int[_columns.Length];
        for (var i = 0; i < cells.Length; i++) cells[i] = CellOf(_columns[i], row);
        foreach (var slice in slices)
        {
            Count(blocks.Columns.Open((slice + 1) * _layout.Cells).Slice(slice * _layout.Cells, _layout.Cells), cells);
            if (_baselines.Take(slice)) Count(_baselines.Open(slice, _layout.Cells), cells);
        }
    }

    private static void Count(Span<long> counters, ReadOnlySpan<int> cells)
    {
        foreach (var cell in cells)
        {
            if (cell >= 0) counters[cell]++;
        }
    }

    private static int CellOf((SliceColumn Column, ValueColumn? Values, double[]? Numbers) bound, int row)
    {
        var (column, values, numbers) = bound;
        if (column.Slot.Numeric is not null)
        {
            var value = numbers is not null ? numbers[row] : values?.NumberAt(row) ?? double.NaN;
            return double.IsNaN(value) ? -1 : column.Start + column.Cells.CellOf(BinSearch.Scalar(column.Slot.EdgeTable!, value));
        }
        return values is null || CategoryValue.At(values, row, column.Slot.Reference.Role) is not { } category ? -1 : column.Start + column.Cells.CellOf(column.Slot.BinOf(category));
    }
}
