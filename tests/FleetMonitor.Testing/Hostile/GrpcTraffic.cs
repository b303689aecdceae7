using System.Buffers.Binary;
using System.Text;

namespace FleetMonitor.Testing.Hostile;

/// <summary>One gRPC call that nobody should have made.</summary>
/// <param name="Kind">What is wrong with it.</param>
/// <param name="Body">As it goes into the stream, frames and all.</param>
public sealed record GrpcCall(string Kind, string Path, byte[] Body, IReadOnlyList<(string Name, string Value)> Metadata);

/// <summary>gRPC calls as strangers make them, from a seed: messages that are changed, made up, cut off, nested, or framed wrongly.</summary>
/// <param name="methods">Methods of the server by their paths, each with a message that it takes.</param>
public sealed class GrpcTraffic(IReadOnlyList<(string Path, byte[] Message)> methods, int seed)
{
    private readonly Random _random = new(seed);

    public GrpcCall Next()
    {
        var (path, message) = methods[_random.Next(methods.Count)];
        return _random.Next(14) switch
        {
            0 => Call("made up", Frame(MadeUp(3))),
            1 => Call("nested", Frame(Nested(_random.Next(1, 400)))),
            2 => Call("unknown fields", Frame([.. message, .. MadeUp(2), .. Field(536_870_911, 0), 1])),
            3 => Call("invalid UTF-8", Frame([.. Field(1, 2), 3, 0xC0, 0x80, 0xFF, .. message])),
            4 => Call("truncated message", Frame(message[.._random.Next(message.Length + 1)])),
            5 => Call("truncated frame", Frame(message)[.._random.Next(5 + message.Length)]),
            6 => Call("wrong length", Framed(0, (uint)_random.Next(message.Length * 2), message)),
            7 => Call("huge length", Framed(0, (uint)_random.NextInt64(1 << 26, uint.MaxValue), message)),
            8 => Call("garbage compressed", Framed(1, (uint)message.Length, message), ("grpc-encoding", Pick("gzip", "identity", "br", "", "zstd"))),
            9 => Call("flag", Framed((byte)_random.Next(2, 256), (uint)message.Length, message)),
            10 => Call("many frames", [.. Enumerable.Range(0, _random.Next(2, 40)).SelectMany(_ => Frame(Changed(message)))]),
            11 => Call("metadata", Frame(message), [.. Enumerable.Range(0, _random.Next(1, 60)).Select(i => ($"x-{i}{Pick("", "-bin")}", Pick("a", "!!not base64", new string('m', 400)))),
                ("grpc-timeout", Pick("1S", "99999999H", "-1S", "1x", "", "0n")), ("fleet-producer", Pick("p", new string('p', 500))), ("fleet-sequence", Pick("1", "-1", "x"))]),
            12 => Call("random", Bytes(_random.Next(200))),
            _ => Call("changed", Frame(Changed(message))),
        };

        GrpcCall Call(string kind, byte[] body, params (string, string)[] metadata) => new(kind, path, body, metadata);
    }

    /// <summary>Some bytes of a good message are others, missing or doubled.</summary>
    private byte[] Changed(byte[] message)
    {
        var changed = message.ToList();
        for (var i = _random.Next(1, 6); i > 0 && changed.Count > 0; i--)
        {
            var at = _random.Next(changed.Count);
            switch (_random.Next(4))
            {
                case 0: changed.RemoveAt(at); break;
                case 1: changed.InsertRange(at, changed.GetRange(at, Math.Min(_random.Next(1, 20), changed.Count - at))); break;
                default: changed[at] = (byte)_random.Next(256); break;
            }
        }
        return [.. changed];
    }

    /// <summary>Fields of any number and type, well formed or nearly.</summary>
    private byte[] MadeUp(int depth)
    {
        List<byte> made = [];
        for (var i = _random.Next(1, 8); i > 0; i--)
        {
            var type = _random.Next(20) == 0 ? _random.Next(8) : Pick(0, 1, 2, 2, 2, 5);
            made.AddRange(Field((uint)_random.Next(1, 24), type));
            switch (type)
            {
                case 0: made.AddRange(Varint(_random.Next(3) == 0 ? ulong.MaxValue : (ulong)_random.NextInt64(1L << _random.Next(1, 62)))); break;
                case 1: made.AddRange(BitConverter.GetBytes(Pick(double.NaN, double.PositiveInfinity, -1e308, 0, 1))); break;
                case 5: made.AddRange(Bytes(4)); break;
                case 2:
                    var inside = depth == 0 || _random.Next(3) == 0 ? _random.Next(3) == 0 ? Bytes(_random.Next(40)) : Encoding.UTF8.GetBytes(Pick("", "a", "grpc-hostile", "..", "\0", "😀")) : MadeUp(depth - 1);
                    made.AddRange(Varint(_random.Next(30) == 0 ? uint.MaxValue : (ulong)inside.Length));
                    made.AddRange(inside);
                    break;
            }
        }
        return [.. made];
    }

    private byte[] Nested(int depth)
    {
        byte[] inside = [];
        for (var i = 0; i < depth; i++) inside = [.. Field((uint)_random.Next(1, 4), 2), .. Varint((ulong)inside.Length), .. inside];
        return inside;
    }

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private T Pick<T>(params ReadOnlySpan<T> from) => from[_random.Next(from.Length)];

    private static byte[] Field(uint number, int type) => Varint((number << 3) | (uint)type);

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value > 127; value >>= 7) bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }

    private static byte[] Frame(byte[] message) => Framed(0, (uint)message.Length, message);

    private static byte[] Framed(byte flag, uint length, byte[] message)
    {
        var head = new byte[5];
        head[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(1), length);
        return [.. head, .. message];
    }
}
