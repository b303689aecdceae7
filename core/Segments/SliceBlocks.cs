using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Segments;

/// <summary>A pane's slices: counters and columns, slice after slice, and a regression's sums. Merging adds.</summary>
internal sealed class SliceBlocks
{
    private CounterBlock _counts;
    private CounterBlock _columns;

    public ref CounterBlock Counts => ref _counts;

    public ref CounterBlock Columns => ref _columns;

    public RegressionSums[] Regression { get; private set; } = [];

    public int Bytes => 96 + Counts.Bytes + Columns.Bytes + (Regression.Length * 88);

    /// <summary>A slice's counters, to be counted into.</summary>
    public Span<long> Of(int slice) => Counts.Open((slice + 1) * SliceCounters.Length).Slice(slice * SliceCounters.Length, SliceCounters.Length);

    public ref RegressionSums RegressionOf(int slice)
    {
        if (Regression.Length <= slice)
        {
            var grown = new RegressionSums[slice + 1];
            Regression.CopyTo(grown, 0);
            Regression = grown;
        }
        return ref Regression[slice];
    }

    public void Pack()
    {
        Counts.Pack();
        Columns.Pack();
    }

    public void Merge(SliceBlocks other)
    {
        if (!other.Counts.IsEmpty) other.Counts.AddTo(Counts.Open(other.Counts.Length));
        if (!other.Columns.IsEmpty) other.Columns.AddTo(Columns.Open(other.Columns.Length));
        for (var slice = 0; slice < other.Regression.Length; slice++) RegressionOf(slice).Merge(other.Regression[slice]);
    }

    public void Write(CodecWriter writer)
    {
        Counts.Write(writer);
        Columns.Write(writer);
        var used = Regression.Length;
        while (used > 0 && Regression[used - 1].Count == 0) used--;
        writer.Varint(used);
        for (var slice = 0; slice < used; slice++) Regression[slice].Write(writer);
    }

    public static SliceBlocks Read(ref CodecReader reader, int maxCounts, int maxColumns)
    {
        var blocks = new SliceBlocks { _counts = CounterBlock.Read(ref reader, maxCounts), _columns = CounterBlock.Read(ref reader, maxColumns) };
        var regression = new RegressionSums[reader.Length()];
        for (var slice = 0; slice < regression.Length; slice++) regression[slice] = RegressionSums.Read(ref reader);
        blocks.Regression = regression;
        return blocks;
    }
}
