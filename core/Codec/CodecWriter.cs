using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FleetMonitor.Core.Codec;

/// <summary>Writes little-endian values into one growing array; the only writer of the wire, log and checkpoint formats.</summary>
/// <remarks>Amortised O(1) a byte. Columns of numbers go in as they lie in memory, so a reader can use them in place.</remarks>
public sealed class CodecWriter(int capacity = 256)
{
    private byte[] _buffer = new byte[Math.Max(capacity, 16)];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>The written bytes in place. The writer must not be used afterwards.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    /// <summary>The written bytes in an array of exactly their length. The writer must not be used afterwards.</summary>
    public byte[] ToArray()
    {
        if (_buffer.Length != Length) Array.Resize(ref _buffer, Length);
        return _buffer;
    }

    public void Byte(byte value)
    {
        Span(1)[0] = value;
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Span(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Span(8), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Span(8), value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Span(8), value);

    /// <summary>LEB128: 7 bits a byte, least significant first; 1 byte below 128, at most 10.</summary>
    public void Varint(ulong value)
    {
        var span = Span(10);
        var used = 0;
        while (value >= 0x80)
        {
            span[used++] = (byte)(value | 0x80);
            value >>= 7;
        }
        span[used++] = (byte)value;
        Length -= 10 - used;
    }

    public void Varint(int value) => Varint((ulong)(uint)value);

    public void Text(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Varint(bytes);
        Encoding.UTF8.GetBytes(value, Span(bytes));
    }

    public void OptionalText(string? value)
    {
        Bool(value is not null);
        if (value is not null) Text(value);
    }

    public void Texts(ReadOnlySpan<string> values)
    {
        Varint(values.Length);
        foreach (var value in values) Text(value);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Varint(value.Length);
        value.CopyTo(Span(value.Length));
    }

    /// <summary>The values as they lie in memory, without a length: the reader knows the row count.</summary>
    public void Raw<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("The columns' format is little-endian.");
        MemoryMarshal.AsBytes(values).CopyTo(Span(checked(values.Length * Unsafe.SizeOf<T>())));
    }

    /// <summary>Leaves room for a section's length; <see cref="EndSection"/> fills it in.</summary>
    public int BeginSection(byte tag)
    {
        Byte(tag);
        Int32(0);
        return Length;
    }

    public void EndSection(int start) => BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(start - 4), Length - start);

    private Span<byte> Span(int count)
    {
        var needed = checked(Length + count);
        if (needed > _buffer.Length) Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, BitOperations.RoundUpToPowerOf2((uint)needed)));
        var span = _buffer.AsSpan(Length, count);
        Length = needed;
        return span;
    }
}
