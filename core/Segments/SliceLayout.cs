using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Evidence;
using FleetMonitor.Core.Scores;

namespace FleetMonitor.Core.Segments;

/// <summary>Where each column has its cells in a slice. Made once a reference.</summary>
/// <remarks>Score and prediction first, then features in the spec's order, as many as <see cref="MaxCells"/> hold (all of 50 numeric ones): cells are those of <see cref="DriftNull"/>, deciles and what lies beyond.</remarks>
internal sealed class SliceLayout
{
    /// <summary>Cells of a slice: with <see cref="SegmentTable.MaxSlices"/> slices half a megabyte a pane while it is open.</summary>
    public const int MaxCells = 655;

    public SliceLayout(ColumnLayout layout)
    {
        var columns = new List<SliceColumn>();
        foreach (var slot in layout.Columns.OrderBy(c => c.Reference.Role == ColumnRole.Feature ? 1 : 0))
        {
            if (DriftNull.Of(slot.Reference, 0) is not { } cells) continue;
            if (Cells + cells.Cells > MaxCells) break;
            columns.Add(new SliceColumn(slot, cells, Cells));
            Cells += cells.Cells;
        }
        Columns = columns;
    }

    public IReadOnlyList<SliceColumn> Columns { get; }

    /// <summary>Cells of one slice.</summary>
    public int Cells { get; }
}

/// <summary>A column's place in a slice.</summary>
/// <param name="Cells">How its bins fall into cells.</param>
internal sealed record SliceColumn(ColumnSlot Slot, DriftNull Cells, int Start);
