using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Windows;

/// <summary>A run of float sums: dense while events arrive, packed to its non-zero ones once its pane is closed.</summary>
/// <remarks>Packed: a bitmap of the non-zero sums, then these. Merging adds. As <see cref="CounterBlock"/> it is a part of its owner, and changed in place.</remarks>
internal struct MomentBlock
{
    // double[] while it is dense, byte[] when packed, null when empty.
    private Array? _sums;
    private int _length;

    public readonly bool IsEmpty => _length == 0;

    public readonly int Length => _length;

    public readonly int Bytes => Buffer.ByteLength(_sums ?? Array.Empty<byte>());

    private readonly double[]? Dense => _sums?.GetType() == typeof(double[]) ? Unsafe.As<double[]>(_sums) : null;

    private readonly byte[]? Packed => _sums?.GetType() == typeof(byte[]) ? Unsafe.As<byte[]>(_sums) : null;

    public Span<double> Open(int length)
    {
        if (Dense is { } dense) return dense;
        var opened = new double[length];
        AddTo(opened);
        (_sums, _length) = (opened, length);
        return opened;
    }

    public void Pack()
    {
        if (Dense is { } dense) _sums = PackedBytes(dense);
    }

    public void Clear() => (_sums, _length) = (null, 0);

    public readonly void AddTo(Span<double> totals)
    {
        if (Packed is not { } packed)
        {
            for (var i = 0; i < _length; i++) totals[i] += Dense![i];
            return;
        }
        var bitmap = packed.AsSpan(0, (_length + 7) / 8);
        var sums = MemoryMarshal.Cast<byte, double>(packed.AsSpan(bitmap.Length));
        var next = 0;
        for (var i = 0; i < bitmap.Length; i++)
        {
            for (uint bits = bitmap[i]; bits != 0; bits &= bits - 1) totals[(i * 8) + BitOperations.TrailingZeroCount(bits)] += sums[next++];
        }
    }

    public readonly void Write(CodecWriter writer)
    {
        writer.Varint(_length);
        writer.Raw<byte>(Packed ?? PackedBytes(Dense ?? []));
    }

    public static MomentBlock Read(ref CodecReader reader, int expected)
    {
        var length = reader.SmallInt();
        if (length != 0 && length != expected) throw new CodecException($"A block of {length} sums where {expected} were expected.");
        if (length == 0) return new MomentBlock();
        var writer = new CodecWriter(length);
        var bitmap = reader.Raw<byte>((length + 7) / 8);
        writer.Raw(bitmap);
        var set = 0;
        foreach (var bits in bitmap) set += BitOperations.PopCount(bits);
        if (length % 8 != 0 && bitmap[^1] >> (length % 8) != 0) throw new CodecException("A sum beyond its block.");
        writer.Raw(reader.Raw<byte>(set * sizeof(double)));
        return new MomentBlock { _sums = writer.ToArray(), _length = length };
    }

    private static byte[] PackedBytes(double[] dense)
    {
        var bitmap = new byte[(dense.Length + 7) / 8];
        for (var i = 0; i < dense.Length; i++)
        {
            if (BitConverter.DoubleToInt64Bits(dense[i]) != 0) bitmap[i / 8] |= (byte)(1 << (i % 8));
        }
        var writer = new CodecWriter(dense.Length * 4);
        writer.Raw<byte>(bitmap);
        foreach (var sum in dense)
        {
            if (BitConverter.DoubleToInt64Bits(sum) != 0) writer.Double(sum);
        }
        return writer.ToArray();
    }
}
