using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Drift;

namespace FleetMonitor.Core.Segments;

/// <summary>What a model that is sliced keeps beside its panes: its slices, and what each looked like at first. A model that is not has none of it.</summary>
/// <remarks>
/// An event costs O(keys × columns). Memory: 12 counters a slice and pane, and 12 cells a column, slice and pane, packed when the pane is closed (most are 0 and cost next to nothing); a baseline of as many cells a slice.
/// At most 100 slices of 655 cells.
/// </remarks>
internal sealed class ModelSlices(IReadOnlyList<string> keys)
{
    public SegmentTable Table { get; private set; } = new(keys);

    /// <summary>Null without a reference.</summary>
    public SliceLayout? Layout { get; private set; }

    public SliceBaselines Baselines { get; private set; } = new();

    /// <summary>Another reference, or none: slices are the same, what they are compared with begins anew.</summary>
    public void Use(ColumnLayout? layout)
    {
        Layout = layout is null ? null : new SliceLayout(layout);
        Baselines = new SliceBaselines();
    }

    public void Write(CodecWriter writer)
    {
        Table.Write(writer);
        Baselines.Write(writer);
    }

    public static ModelSlices Read(ref CodecReader reader, IReadOnlyList<string> keys, ColumnLayout? layout)
    {
        var slices = new ModelSlices(keys);
        slices.Use(layout);
        slices.Table = SegmentTable.Read(ref reader, keys);
        slices.Baselines = SliceBaselines.Read(ref reader, slices.MaxCells);
        return slices;
    }

    /// <summary>Cells that all slices together may have.</summary>
    public int MaxCells => SegmentTable.MaxSlices * (Layout?.Cells ?? 0);
}
