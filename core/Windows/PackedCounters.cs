using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Windows;

/// <summary>Counters of a closed pane in few bytes that add up fast: groups of 32, each as wide as most of its counters need.</summary>
/// <remarks>
/// <code>
/// packed = length as LEB128, groups;  group = token, plane, exceptions;  exceptions = their number, (index, value as LEB128)…
/// token:  0 to 15  width of the plane's counters as index of 0, 1, 2, 4, 8, 16, 32 bits; 8 is added where exceptions follow
///         16 …     token − 15 groups of zeros, without a plane
/// </code>
/// A plane of counters below a byte has counter i in byte i mod 4·width, at bit (i ÷ 4·width)·width: all counters of a group come apart by two or three shifts of the
/// whole. What does not fit a plane is 0 in it and an exception: the width of least bytes is taken (patched frame of reference; Zukowski et al., ICDE 2006, with one
/// frame). A minute of 60 events over 50 bins packs to 0.5 bytes a bin (dense: 8). O(counters) either way.
/// </remarks>
internal static class PackedCounters
{
    /// <summary>Counters of a group.</summary>
    public const int Group = 32;

    private const int HasExceptions = 8, FirstRun = 16, LongestRun = byte.MaxValue - FirstRun + 1;

    private static ReadOnlySpan<byte> Widths => [0, 1, 2, 4, 8, 16, 32];

    private static ReadOnlySpan<byte> PlaneBytes => [0, 4, 8, 16, 32, 64, 128];

    /// <param name="counters">None is negative. Trailing zeros are not kept.</param>
    public static byte[] Of(ReadOnlySpan<long> counters)
    {
        counters = counters.TrimEnd(0L);
        var writer = new CodecWriter(16 + counters.Length);
        writer.Varint(counters.Length);
        Span<long> padded = stackalloc long[Group];
        for (var empty = 0; !counters.IsEmpty; counters = counters[Math.Min(Group, counters.Length)..])
        {
            var group = counters[..Math.Min(Group, counters.Length)];
            if (!group.ContainsAnyExcept(0L))
            {
                empty++;
                continue;
            }
            for (; empty > 0; empty -= Math.Min(empty, LongestRun)) writer.Byte((byte)(FirstRun + Math.Min(empty, LongestRun) - 1));
            padded.Clear();
            group.CopyTo(padded);
            WriteGroup(writer, padded);
        }
        return writer.ToArray();
    }

    /// <summary>The number of counters, trailing zeros left out.</summary>
    public static int Length(ReadOnlySpan<byte> packed)
    {
        var position = 0;
        return (int)Number(packed, ref position);
    }

    /// <summary>The first counter. O(1).</summary>
    public static long First(ReadOnlySpan<byte> packed)
    {
        var position = 0;
        if (Number(packed, ref position) == 0 || packed[position] >= FirstRun) return 0;
        int token = packed[position++], width = Widths[token & (HasExceptions - 1)];
        var plane = packed[position..];
        // In every plane the first counter has the lowest bits.
        long inPlane = width switch
        {
            0 => 0L,
            16 => BinaryPrimitives.ReadUInt16LittleEndian(plane),
            32 => BinaryPrimitives.ReadUInt32LittleEndian(plane),
            _ => plane[0] & ((1u << width) - 1),
        };
        position += width * Group / 8;
        if ((token & HasExceptions) == 0 || packed[position + 1] != 0) return inPlane;
        position += 2;
        return Number(packed, ref position);
    }

    /// <summary>Adds the counters to <paramref name="totals"/>, which is at least as long.</summary>
    public static void AddTo(ReadOnlySpan<byte> packed, Span<long> totals)
    {
        totals = totals[..Length(packed)];
        using var small = new SmallCounters(totals.Length);
        AddTo(packed, totals, small.Span);
        small.MoveTo(totals);
    }

    /// <summary>Adds counters that are wide to <paramref name="totals"/>, and those of at most a byte to <paramref name="small"/>.</summary>
    /// <param name="packed">As <see cref="Of"/> made it: it is walked without a check.</param>
    /// <param name="small">As long as the totals, rounded up to whole groups (<see cref="SmallCounters"/>).</param>
    public static void AddTo(ReadOnlySpan<byte> packed, Span<long> totals, Span<ushort> small)
    {
        var position = 0;
        var length = (int)Number(packed, ref position);
        Debug.Assert(length <= totals.Length && length <= small.Length && small.Length % Group == 0, "There is room for every group.");
        ref var bytes = ref MemoryMarshal.GetReference(packed);
        ref var sums = ref MemoryMarshal.GetReference(small);
        for (var start = 0; start < length; start += Group)
        {
            int token = Unsafe.Add(ref bytes, position++);
            if (token >= FirstRun)
            {
                start += (token - FirstRun) * Group;
                continue;
            }
            ref var plane = ref Unsafe.Add(ref bytes, position);
            var width = token & (HasExceptions - 1);
            if (width is > 0 and <= 4) AddNarrow(ref plane, width, ref Unsafe.Add(ref sums, start));
            else if (width > 4) AddWide(packed[position..], width, totals[start..Math.Min(start + Group, length)]);
            position += PlaneBytes[width];
            if ((token & HasExceptions) != 0) AddExceptions(packed, ref position, totals[start..]);
        }
    }

    private static void WriteGroup(CodecWriter writer, ReadOnlySpan<long> group)
    {
        var code = BestWidth(group);
        var width = Widths[code];
        Span<ulong> kept = stackalloc ulong[Group];
        var exceptions = 0;
        for (var i = 0; i < Group; i++)
        {
            Debug.Assert(group[i] >= 0, "A counter counts up, or takes back what it counted.");
            if ((ulong)group[i] >> width == 0) kept[i] = (ulong)group[i];
            else exceptions++;
        }
        writer.Byte((byte)(exceptions == 0 ? code : code + HasExceptions));
        WritePlane(writer, kept, width);
        if (exceptions == 0) return;
        writer.Byte((byte)exceptions);
        for (var i = 0; i < Group; i++)
        {
            if (kept[i] == (ulong)group[i]) continue;
            writer.Byte((byte)i);
            writer.Varint((ulong)group[i]);
        }
    }

    /// <summary>The index of the width that takes the fewest bytes, planes and exceptions together.</summary>
    private static int BestWidth(ReadOnlySpan<long> group)
    {
        Span<byte> withBits = stackalloc byte[65];
        withBits.Clear();
        foreach (var counter in group) withBits[64 - BitOperations.LeadingZeroCount((ulong)counter)]++;
        int best = 0, fewest = int.MaxValue, exceptions = 0, bits = 64;
        for (var code = Widths.Length - 1; code >= 0; code--)
        {
            for (; bits > Widths[code]; bits--) exceptions += withBits[bits] * (3 + ((bits + 6) / 7));
            var bytes = (Widths[code] * Group / 8) + exceptions + (exceptions == 0 ? 0 : 1);
            if (bytes <= fewest) (best, fewest) = (code, bytes);
        }
        return best;
    }

    private static void WritePlane(CodecWriter writer, ReadOnlySpan<ulong> counters, int width)
    {
        Span<byte> plane = stackalloc byte[width * Group / 8];
        plane.Clear();
        for (var i = 0; i < Group && width > 0; i++)
        {
            if (width < 8) plane[i % plane.Length] |= (byte)(counters[i] << (i / plane.Length * width));
            else if (width == 8) plane[i] = (byte)counters[i];
            else if (width == 16) BinaryPrimitives.WriteUInt16LittleEndian(plane[(2 * i)..], (ushort)counters[i]);
            else BinaryPrimitives.WriteUInt32LittleEndian(plane[(4 * i)..], (uint)counters[i]);
        }
        writer.Raw<byte>(plane);
    }

    private static void AddExceptions(ReadOnlySpan<byte> packed, ref int position, Span<long> totals)
    {
        for (var left = packed[position++]; left > 0; left--)
        {
            var index = packed[position++];
            totals[index] += Number(packed, ref position);
        }
    }

    /// <summary>A plane of 1, 2, 4 or 8 bits, by the index of its width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddNarrow(ref byte plane, int width, ref ushort sums)
    {
        Vector256<byte> counters;
        if (width == 3)
        {
            var fours = Vector128.LoadUnsafe(ref plane);
            counters = Vector256.Create(fours & Vector128.Create((byte)0x0F), Vector128.ShiftRightLogical(fours, 4));
        }
        else if (width == 2)
        {
            var twos = Unsafe.ReadUnaligned<ulong>(ref plane);
            counters = (Vector256.Create(twos, twos >> 2, twos >> 4, twos >> 6) & Vector256.Create(0x0303030303030303u)).AsByte();
        }
        else if (width == 1)
        {
            var ones = Unsafe.ReadUnaligned<uint>(ref plane);
            counters = (Vector256.Create(ones, ones >> 1, ones >> 2, ones >> 3, ones >> 4, ones >> 5, ones >> 6, ones >> 7) & Vector256.Create(0x01010101u)).AsByte();
        }
        else
        {
            counters = Vector256.LoadUnsafe(ref plane);
        }
        var (low, high) = Vector256.Widen(counters);
        (Vector256.LoadUnsafe(ref sums) + low).StoreUnsafe(ref sums);
        (Vector256.LoadUnsafe(ref sums, 16) + high).StoreUnsafe(ref sums, 16);
    }

    private static void AddWide(ReadOnlySpan<byte> plane, int width, Span<long> totals)
    {
        for (var i = 0; i < totals.Length; i++)
        {
            totals[i] += width == 5 ? BinaryPrimitives.ReadUInt16LittleEndian(plane[(2 * i)..]) : BinaryPrimitives.ReadUInt32LittleEndian(plane[(4 * i)..]);
        }
    }

    private static long Number(ReadOnlySpan<byte> packed, ref int position)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = packed[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return (long)value;
        }
    }
}
