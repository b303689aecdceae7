using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Batches;

/// <summary>The prediction ids of a batch, as UTF-8 in one buffer; an empty id is none.</summary>
/// <remarks>Ids are compared by a 128-bit hash (XXH3), so a table of them costs 16 bytes each whatever their length; two of 10⁹ ids share one with probability below 10⁻²⁰.</remarks>
public sealed class IdColumn
{
    private readonly ReadOnlyMemory<byte> _ends;
    private readonly ReadOnlyMemory<byte> _bytes;

    private IdColumn(ReadOnlyMemory<byte> ends, ReadOnlyMemory<byte> bytes)
    {
        _ends = ends;
        _bytes = bytes;
    }

    private ReadOnlySpan<int> Ends => MemoryMarshal.Cast<byte, int>(_ends.Span);

    /// <summary>The id's bytes; empty when the row has none.</summary>
    public ReadOnlySpan<byte> Utf8(int row)
    {
        var ends = Ends;
        var start = row == 0 ? 0 : ends[row - 1];
        return _bytes.Span[start..ends[row]];
    }

    public string Text(int row) => Encoding.UTF8.GetString(Utf8(row));

    /// <summary>The key by which predictions and labels find each other; false when the row has no id.</summary>
    public bool TryKey(int row, out UInt128 key)
    {
        var id = Utf8(row);
        key = id.IsEmpty ? default : XxHash128.HashToUInt128(id);
        return !id.IsEmpty;
    }

    internal void WriteRows(CodecWriter writer, ReadOnlySpan<int> rows)
    {
        var builder = new Builder();
        for (var i = 0; i < rows.Length; i++) builder.Set(i, Utf8(rows[i]));
        builder.Write(writer, rows.Length);
    }

    internal static IdColumn Read(ReadOnlyMemory<byte> section, int count)
    {
        var reader = new CodecReader(section.Span);
        var ends = reader.Raw<int>(count);
        var bytes = section[reader.Position..];
        var previous = 0;
        foreach (var end in ends)
        {
            if (end < previous || end > bytes.Length) throw new CodecException($"An id ends at {end}, outside {previous}..{bytes.Length}.");
            previous = end;
        }
        return new IdColumn(section[..(count * 4)], bytes);
    }

    internal sealed class Builder
    {
        private int[] _ends = new int[16];
        private byte[] _bytes = new byte[256];
        private int _rows;
        private int _length;

        public bool Any => _length > 0;

        public void Set(int row, ReadOnlySpan<byte> utf8)
        {
            PadTo(row);
            if (_length + utf8.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + utf8.Length));
            utf8.CopyTo(_bytes.AsSpan(_length));
            _length += utf8.Length;
            PadTo(row + 1);
        }

        public void Clear(int row)
        {
            if (_rows <= row) return;
            _length = row == 0 ? 0 : _ends[row - 1];
            _rows = row;
        }

        public void Write(CodecWriter writer, int count)
        {
            PadTo(count);
            writer.Raw<int>(_ends.AsSpan(0, count));
            writer.Raw<byte>(_bytes.AsSpan(0, _length));
        }

        /// <summary>The ids in place, for as long as the builder is not used.</summary>
        public IdColumn Column(int count)
        {
            PadTo(count);
            return new IdColumn(MemoryMarshal.AsBytes(_ends.AsSpan(0, count)).ToArray(), _bytes.AsMemory(0, _length));
        }

        private void PadTo(int rows)
        {
            if (rows > _ends.Length) Array.Resize(ref _ends, Math.Max(_ends.Length * 2, rows));
            while (_rows < rows) _ends[_rows++] = _length;
        }
    }
}
