using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Windows;

/// <summary>A run of counters: dense while events arrive, packed once its pane is closed.</summary>
/// <remarks>
/// Packed, a byte is a small counter (below 192), a run of zeros of 2 to 63 (192 to 253), or the mark of a longer number that follows as LEB128. A minute of 60 events over 50 bins packs
/// to about 0.8 bytes a bin (dense: 8).
/// Counters never are negative. <see cref="Open"/> unpacks, <see cref="AddTo"/> reads both forms. O(counters).
/// </remarks>
internal sealed class CounterBlock
{
    private const byte FirstRun = 192, LongRun = 254, LargeCounter = 255;
    private const int LongestShortRun = LongRun - FirstRun + 1;

    private long[]? _dense;
    private byte[]? _packed;

    public bool IsOpen => _dense is not null;

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

    /// <summary>The first counter, 0 in an empty block. O(1).</summary>
    public long First
    {
        get
        {
            if (_dense is not null) return _dense.Length == 0 ? 0 : _dense[0];
            if (_packed is not { Length: > 0 } packed || packed[0] is >= FirstRun and <= LongRun) return 0;
            var start = 0;
            return packed[0] < FirstRun ? packed[0] : Number(packed, ref start);
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
        for (var i = 0; i < length;)
        {
            Debug.Assert(dense[i] >= 0, "A counter counts up, or takes back what it counted.");
            var zeros = 0;
            while (dense[i + zeros] == 0) zeros++;
            if (zeros > 1)
            {
                WriteRun(writer, zeros);
                i += zeros;
                continue;
            }
            if (dense[i] < FirstRun)
            {
                writer.Byte((byte)dense[i]);
            }
            else
            {
                writer.Byte(LargeCounter);
                writer.Varint((ulong)dense[i]);
            }
            i++;
        }
        return writer.ToArray();
    }

    private static void WriteRun(CodecWriter writer, int zeros)
    {
        if (zeros <= LongestShortRun)
        {
            writer.Byte((byte)(FirstRun + zeros - 2));
            return;
        }
        writer.Byte(LongRun);
        writer.Varint(zeros);
    }

    private static void Unpack(ReadOnlySpan<byte> packed, ref long[] dense)
    {
        var length = PackedLength(packed);
        if (length > dense.Length) Array.Resize(ref dense, length);
        AddPacked(packed, dense);
    }

    /// <summary>Adds packed counters, up to eight small ones at a time, and with them the run of zeros that ends them.</summary>
    /// <remarks>
    /// Eight tokens are one word; a token that is no small counter has its two highest bits set, which finds the first one without a branch. What comes
    /// before it is stored as bytes, which are added up once
    /// the block is through: no store waits for a load that overlaps it.
    /// </remarks>
    private static void AddPacked(ReadOnlySpan<byte> packed, Span<long> totals)
    {
        // Room for eight beyond the last.
        var small = ArrayPool<byte>.Shared.Rent(totals.Length + sizeof(ulong));
        small.AsSpan(0, totals.Length + sizeof(ulong)).Clear();
        int counter = 0, i = 0;
        while (i <= packed.Length - sizeof(ulong))
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(packed[i..]);
            var marks = word & (word << 1) & 0x8080808080808080;
            if (marks == 0)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(small.AsSpan(counter), word);
                counter += sizeof(ulong);
                i += sizeof(ulong);
                continue;
            }
            var before = BitOperations.TrailingZeroCount(marks) & ~7;
            BinaryPrimitives.WriteUInt64LittleEndian(small.AsSpan(counter), word & ((1UL << before) - 1));
            counter += before >> 3;
            i += before >> 3;
            var token = (byte)(word >> before);
            if (token < LongRun) counter += token - FirstRun + 2;
            else if (token == LongRun) counter += (int)Number(packed, ref i);
            else totals[counter++] += Number(packed, ref i);
            i++;
        }
        for (; i < packed.Length; i++)
        {
            var token = packed[i];
            if (token < FirstRun) small[counter++] = token;
            else if (token < LongRun) counter += token - FirstRun + 2;
            else if (token == LongRun) counter += (int)Number(packed, ref i);
            else totals[counter++] += Number(packed, ref i);
        }
        AddBytes(small.AsSpan(0, Math.Min(counter, totals.Length)), totals);
        ArrayPool<byte>.Shared.Return(small);
    }

    private static void AddBytes(ReadOnlySpan<byte> counters, Span<long> totals)
    {
        var i = 0;
        for (; i <= counters.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            var bytes = Vector128.Create(counters.Slice(i, Vector128<byte>.Count));
            if (bytes == Vector128<byte>.Zero) continue;
            var (low, high) = Vector128.Widen(bytes);
            Add(low, totals.Slice(i, 8));
            Add(high, totals.Slice(i + 8, 8));
        }
        for (; i < counters.Length; i++) totals[i] += counters[i];
    }

    private static void Add(Vector128<ushort> counters, Span<long> totals)
    {
        var (low, high) = Vector128.Widen(counters);
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        var sums = MemoryMarshal.Cast<long, Vector128<ulong>>(totals);
        sums[0] += a;
        sums[1] += b;
        sums[2] += c;
        sums[3] += d;
    }

    private static int PackedLength(ReadOnlySpan<byte> packed)
    {
        var reader = new CodecReader(packed);
        long length = 0;
        while (!reader.AtEnd)
        {
            var token = reader.Byte();
            if (token < FirstRun) length++;
            else if (token < LongRun) length += token - FirstRun + 2;
            else if (token == LongRun) length += reader.SmallInt();
            else if (reader.Varint() <= long.MaxValue && token == LargeCounter) length++;
            else throw new CodecException("A counter beyond 63 bits.");
        }
        return length <= int.MaxValue ? (int)length : throw new CodecException($"A block of {length} counters.");
    }

    private static long Number(ReadOnlySpan<byte> packed, ref int position)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = packed[++position];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return (long)value;
        }
    }
}
