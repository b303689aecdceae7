using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FleetMonitor.Core.Codec;

/// <summary>Reads what <see cref="CodecWriter"/> wrote, checking every length against the buffer.</summary>
/// <remarks>Throws <see cref="CodecException"/> on bytes cut short or lengths that cannot be; never reads beyond its buffer, never allocates more than the buffer could hold.</remarks>
public ref struct CodecReader(ReadOnlySpan<byte> buffer)
{
    private readonly ReadOnlySpan<byte> _buffer = buffer;

    public int Position { get; private set; }

    public readonly bool AtEnd => Position == _buffer.Length;

    public readonly int Remaining => _buffer.Length - Position;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new CodecException($"Expected 0 or 1 at byte {Position - 1}, got {other}."),
    };

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new CodecException($"A number at byte {Position} is longer than 64 bits.");
    }

    /// <summary>A length or count: non-negative, and of items of at least <paramref name="itemBytes"/> bytes that are still to come.</summary>
    public int Length(int itemBytes = 1)
    {
        var value = Varint();
        if (value > (ulong)(Remaining / Math.Max(itemBytes, 1))) throw new CodecException($"A length of {value} at byte {Position} is beyond the {Remaining} bytes that remain.");
        return (int)value;
    }

    public int SmallInt()
    {
        var value = Varint();
        return value <= int.MaxValue ? (int)value : throw new CodecException($"A number at byte {Position} is beyond 31 bits.");
    }

    public string Text() => Encoding.UTF8.GetString(Take(Length()));

    public string? OptionalText() => Bool() ? Text() : null;

    public string[] Texts()
    {
        var values = new string[Length()];
        for (var i = 0; i < values.Length; i++) values[i] = Text();
        return values;
    }

    public ReadOnlySpan<byte> Bytes() => Take(Length());

    /// <summary>The next <paramref name="count"/> values, in place: valid as long as the buffer is.</summary>
    public ReadOnlySpan<T> Raw<T>(int count) where T : unmanaged
    {
        if (count < 0 || count > Remaining / Unsafe.SizeOf<T>()) throw new CodecException($"{count} values at byte {Position} are beyond the {Remaining} bytes that remain.");
        return MemoryMarshal.Cast<byte, T>(Take(count * Unsafe.SizeOf<T>()));
    }

    /// <summary>The next section: its tag and its bytes. Readers skip tags they do not know, so a later version can add some.</summary>
    public ReadOnlySpan<byte> Section(out byte tag)
    {
        tag = Byte();
        return Take(Int32());
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)Remaining) throw new CodecException($"The bytes end at {_buffer.Length}; {count} more were expected at {Position}.");
        var span = _buffer.Slice(Position, count);
        Position += count;
        return span;
    }
}
