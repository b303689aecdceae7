using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace FleetMonitor.Testing.Hostile;

/// <summary>Writes frames of HTTP/2 (RFC 9113), sound or not.</summary>
internal sealed class Http2Frames
{
    public const byte Data = 0, Headers = 1, Priority = 2, Reset = 3, Settings = 4, Push = 5, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;

    public const byte EndStream = 1, Acknowledge = 1, EndHeaders = 4;

    /// <summary>What a client sends first.</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <param name="length">What the frame says of its length; its payload's, when left out.</param>
    public Http2Frames Frame(byte type, byte flags, uint stream, ReadOnlySpan<byte> payload = default, int? length = null)
    {
        var head = _bytes.GetSpan(9);
        BinaryPrimitives.WriteUInt32BigEndian(head, (uint)(length ?? payload.Length) << 8);
        (head[3], head[4]) = (type, flags);
        BinaryPrimitives.WriteUInt32BigEndian(head[5..], stream);
        _bytes.Advance(9);
        _bytes.Write(payload);
        return this;
    }

    public Http2Frames Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public static byte[] Number(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }

    /// <summary>A block of headers that asks <paramref name="path"/> as gRPC does, without Huffman's code and without the table (RFC 7541, 6.2.2).</summary>
    public static byte[] Call(string path, params (string Name, string Value)[] more)
    {
        List<byte> block = [0x83, 0x86, 0x04, .. Text(path), 0x01, .. Text("localhost")];
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("content-type", "application/grpc"), ("te", "trailers"), .. more]) block.AddRange([0x00, .. Text(name), .. Text(value)]);
        return [.. block];
    }

    /// <summary>A text of HPACK: its length in seven bits and more, and its bytes.</summary>
    public static byte[] Text(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (bytes.Length < 127) return [(byte)bytes.Length, .. bytes];
        List<byte> length = [127];
        var rest = bytes.Length - 127;
        for (; rest > 127; rest >>= 7) length.Add((byte)(rest | 0x80));
        return [.. length, (byte)rest, .. bytes];
    }
}
