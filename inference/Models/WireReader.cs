using System.Globalization;

namespace FleetMonitor.Inference.Models;

/// <summary>Walks over the fields of an encoded protobuf message.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private ulong _number;

    /// <summary>The next field: its bytes, which of a number are none (see <see cref="Numbers"/>).</summary>
    /// <exception cref="InvalidDataException">It is no such message.</exception>
    public bool Next(out int field, out ReadOnlySpan<byte> value)
    {
        field = 0;
        value = default;
        if (_rest.IsEmpty) return false;
        var key = Varint(ref _rest);
        field = (int)(key >> 3);
        switch (key & 7)
        {
            case 0: _number = Varint(ref _rest); break;
            case 1: Take(8); break;
            case 2: value = Take(Varint(ref _rest)); break;
            case 5: Take(4); break;
            default: throw new InvalidDataException($"A field of wire type {key & 7}.");
        }
        return true;
    }

    /// <summary>The numbers of a repeated field, whether it is packed or this is one of its elements.</summary>
    public readonly void Numbers(ReadOnlySpan<byte> packed, List<string> into)
    {
        if (packed.IsEmpty) into.Add(((long)_number).ToString(CultureInfo.InvariantCulture));
        while (!packed.IsEmpty) into.Add(((long)Varint(ref packed)).ToString(CultureInfo.InvariantCulture));
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length) throw new InvalidDataException("A field ends beyond its message.");
        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var i = 0; i < 10 && i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            return value;
        }
        throw new InvalidDataException("A number has no end.");
    }
}
