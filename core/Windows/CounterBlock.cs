using System.Diagnostics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Windows;

/// <summary>A run of counters: dense while events arrive, packed once its pane is closed.</summary>
/// <remarks>
/// Packed: LEB128 per counter, runs of zeros as a zero and their length. A minute of 60 events over 42 bins packs to about a byte a bin (dense: 8).
/// Counters never are negative. <see cref="Open"/> unpacks, <see cref="AddTo"/> reads both forms. O(counters).
/// </remarks>
internal sealed class CounterBlock
{
    private long[]? _dense;
    private byte[]? _packed;

    public bool IsEmpty => _dense is null && _packed is null;

    public int Bytes => (_dense?.Length * sizeof(long) ?? 0) + (_packed?.Length ?? 0);

    /// <summary>The counters, dense and at least <paramref name="length"/> long, to be counted into.</summary>
    public Span<long> Open(int length)
    {
        if (_packed is not null)
        {
            var dense = new long[length];
            Unpack(_packed, ref dense);
            (_dense, _packed) = (dense, null);
        }
        if (_dense is null) _dense = new long[length];
        else if (_dense.Length < length) Array.Resize(ref _dense, length);
        return _dense;
    }

    public void Pack()
    {
        if (_dense is null) return;
        _packed = PackedBytes(_dense);
        _dense = null;
    }

    public void Clear() => (_dense, _packed) = (null, null);

    /// <summary>Adds every counter to <paramref name="totals"/>, which is at least as long.</summary>
    public void AddTo(Span<long> totals)
    {
        if (_dense is not null)
        {
            for (var i = 0; i < _dense.Length; i++) totals[i] += _dense[i];
        }
        else if (_packed is not null)
        {
            AddPacked(_packed, totals);
        }
    }

    /// <summary>The number of counters held, trailing zeros of a packed block not counted.</summary>
    public int Length => _dense?.Length ?? (_packed is null ? 0 : PackedLength(_packed));

    public void Write(CodecWriter writer) => writer.Bytes(_dense is null ? _packed : PackedBytes(_dense));

    public static CounterBlock Read(ref CodecReader reader, int maxLength)
    {
        var bytes = reader.Bytes();
        if (bytes.IsEmpty) return new CounterBlock();
        var length = PackedLength(bytes);
        if (length > maxLength) throw new CodecException($"A block of {length} counters where at most {maxLength} were expected.");
        return new CounterBlock { _packed = bytes.ToArray() };
    }

    private static byte[] PackedBytes(long[] dense)
    {
        var writer = new CodecWriter(dense.Length);
        var length = dense.Length;
        while (length > 0 && dense[length - 1] == 0) length--;
        for (var i = 0; i < length; i++)
        {
            Debug.Assert(dense[i] >= 0, "A counter counts up, or takes back what it counted.");
            writer.Varint((ulong)dense[i]);
            if (dense[i] != 0) continue;
            var start = i;
            while (dense[i + 1] == 0) i++;
            writer.Varint(i - start + 1);
        }
        return writer.ToArray();
    }

    private static void Unpack(ReadOnlySpan<byte> packed, ref long[] dense)
    {
        var length = PackedLength(packed);
        if (length > dense.Length) Array.Resize(ref dense, length);
        AddPacked(packed, dense);
    }

    private static void AddPacked(ReadOnlySpan<byte> packed, Span<long> totals)
    {
        var counter = 0;
        for (var i = 0; i < packed.Length;)
        {
            ulong value = packed[i++];
            if (value >= 0x80) value = Continue(packed, ref i, value);
            if (value != 0)
            {
                totals[counter++] += (long)value;
                continue;
            }
            ulong run = packed[i++];
            if (run >= 0x80) run = Continue(packed, ref i, run);
            counter += (int)run;
        }
    }

    private static int PackedLength(ReadOnlySpan<byte> packed)
    {
        var reader = new CodecReader(packed);
        long length = 0;
        while (!reader.AtEnd) length += reader.Varint() == 0 ? reader.SmallInt() : 1;
        return length <= int.MaxValue ? (int)length : throw new CodecException($"A block of {length} counters.");
    }

    private static ulong Continue(ReadOnlySpan<byte> packed, ref int position, ulong first)
    {
        var value = first & 0x7F;
        for (var shift = 7; ; shift += 7)
        {
            var next = packed[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
