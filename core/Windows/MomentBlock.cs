using System.Numerics;
using System.Runtime.InteropServices;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Windows;

/// <summary>A run of float sums: dense while events arrive, packed to its non-zero ones once its pane is closed.</summary>
/// <remarks>Packed: a bitmap of the non-zero sums, then these. Merging adds.</remarks>
internal sealed class MomentBlock
{
    private double[]? _dense;
    private byte[]? _packed;
    private int _length;

    public bool IsEmpty => _length == 0;

    public int Length => _length;

    public int Bytes => (_dense?.Length * sizeof(double) ?? 0) + (_packed?.Length ?? 0);

    public Span<double> Open(int length)
    {
        if (_dense is null)
        {
            _dense = new double[length];
            AddTo(_dense);
            _packed = null;
            _length = length;
        }
        return _dense;
    }

    public void Pack()
    {
        if (_dense is null) return;
        _packed = PackedBytes(_dense);
        _dense = null;
    }

    public void Clear() => (_dense, _packed, _length) = (null, null, 0);

    public void AddTo(Span<double> totals)
    {
        if (_packed is null)
        {
            for (var i = 0; i < _length; i++) totals[i] += _dense![i];
            return;
        }
        var bitmap = _packed.AsSpan(0, (_length + 7) / 8);
        var sums = MemoryMarshal.Cast<byte, double>(_packed.AsSpan(bitmap.Length));
        var next = 0;
        for (var i = 0; i < bitmap.Length; i++)
        {
            for (uint bits = bitmap[i]; bits != 0; bits &= bits - 1) totals[(i * 8) + BitOperations.TrailingZeroCount(bits)] += sums[next++];
        }
    }

    public void Write(CodecWriter writer)
    {
        writer.Varint(_length);
        writer.Raw<byte>(_packed ?? PackedBytes(_dense ?? []));
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
        return new MomentBlock { _packed = writer.ToArray(), _length = length };
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
