using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Segments;

/// <summary>What each slice looked like in its first <see cref="Rows"/> predictions under the reference: what it is compared with later.</summary>
/// <remarks>Slices differ from the whole by what they are; drift is what a slice does to itself. References know no slices, so each brings its own along.</remarks>
internal sealed class SliceBaselines
{
    public const int Rows = 1_000;

    private readonly long[] _rows = new long[SegmentTable.MaxSlices];
    private CounterBlock _cells;

    public bool IsComplete(int slice) => _rows[slice] == Rows;

    public int Bytes => _cells.Bytes + (_rows.Length * sizeof(long));

    /// <summary>Whether a row of a slice belongs to its baseline, which it then does.</summary>
    public bool Take(int slice)
    {
        if (_rows[slice] == Rows) return false;
        _rows[slice]++;
        return true;
    }

    public Span<long> Open(int slice, int cells) => _cells.Open((slice + 1) * cells).Slice(slice * cells, cells);

    public void AddTo(Span<long> totals) => _cells.AddTo(totals);

    public void Write(CodecWriter writer)
    {
        foreach (var rows in _rows) writer.Varint((ulong)rows);
        _cells.Write(writer);
    }

    public static SliceBaselines Read(ref CodecReader reader, int maxCells)
    {
        var baselines = new SliceBaselines();
        foreach (ref var rows in baselines._rows.AsSpan()) rows = (long)reader.Varint();
        baselines._cells = CounterBlock.Read(ref reader, maxCells);
        return baselines;
    }
}
