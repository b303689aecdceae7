namespace FleetMonitor.Testing.Hostile;

/// <summary>Connections of HTTP/2 as attackers use them, from a seed: streams that are opened and reset, headers without an end, floods of small frames, windows that stay shut, and frames that are no frames.</summary>
internal sealed class Http2Traffic(int seed)
{
    private const string Method = "/fleetmonitor.v1.MonitorService/ListModels", Stream = "/fleetmonitor.v1.MonitorService/StreamPredictions";

    private readonly Random _random = new(seed);

    public Http2Attack Next() => _random.Next(14) switch
    {
        0 => RapidReset(),
        1 => Continuations(),
        2 => Flood("h2 pings", Http2Frames.Ping, 0, new byte[8]),
        3 => Flood("h2 settings", Http2Frames.Settings, 0, []),
        4 => Flood("h2 empty data", Http2Frames.Data, 1, []),
        5 => Flood("h2 priorities", Http2Frames.Priority, 1, [0, 0, 0, 0, 7]),
        6 => Flood("h2 windows", Http2Frames.WindowUpdate, 0, Http2Frames.Number(_random.Next(3) == 0 ? 0u : 0x7FFF_FFFFu)),
        7 => ShutWindow(),
        8 => HeaderBomb(),
        9 => TableResizes(),
        10 => Streams(),
        11 => HalfMessages(),
        12 => Malformed(),
        _ => Garbage(),
    };

    /// <summary>CVE-2023-44487: the server works on what nobody waits for.</summary>
    private Http2Attack RapidReset()
    {
        var frames = new Http2Frames();
        for (uint i = 0, stream = 1; i < _random.Next(200, 2_000); i++, stream += 2)
        {
            frames.Frame(Http2Frames.Headers, Http2Frames.EndHeaders, stream, Http2Frames.Call(Method)).Frame(Http2Frames.Data, Http2Frames.EndStream, stream, new byte[5]).Frame(Http2Frames.Reset, 0, stream, Http2Frames.Number(8));
        }
        return new("h2 rapid reset", frames.Written);
    }

    /// <summary>A block of headers that never ends.</summary>
    private Http2Attack Continuations()
    {
        var frames = new Http2Frames().Frame(Http2Frames.Headers, 0, 1, Http2Frames.Call(Method));
        var more = new List<byte>();
        for (var i = 0; i < 40; i++) more.AddRange([0x00, .. Http2Frames.Text($"x-{i}"), .. Http2Frames.Text(new string('c', _random.Next(200)))]);
        for (var i = _random.Next(20, 300); i > 0; i--) frames.Frame(Http2Frames.Continuation, 0, 1, _random.Next(4) == 0 ? [] : [.. more]);
        return new("h2 continuations", frames.Written);
    }

    private Http2Attack Flood(string kind, byte type, uint stream, byte[] payload)
    {
        var frames = new Http2Frames();
        if (stream != 0) frames.Frame(Http2Frames.Headers, Http2Frames.EndHeaders, stream, Http2Frames.Call(Stream));
        for (var i = _random.Next(1_000, 20_000); i > 0; i--) frames.Frame(type, 0, stream, payload);
        return new(kind, frames.Written, Reads: _random.Next(2) == 0);
    }

    /// <summary>Answers that nobody takes: the window is a byte, or nothing.</summary>
    private Http2Attack ShutWindow()
    {
        var frames = new Http2Frames().Frame(Http2Frames.Settings, 0, 0, [0, 4, .. Http2Frames.Number((uint)_random.Next(2))]);
        for (uint stream = 1; stream < 2 * _random.Next(2, 100); stream += 2)
        {
            frames.Frame(Http2Frames.Headers, Http2Frames.EndHeaders, stream, Http2Frames.Call(Method)).Frame(Http2Frames.Data, Http2Frames.EndStream, stream, new byte[5]);
        }
        return new("h2 shut window", frames.Written);
    }

    /// <summary>One long header goes into the table, and a byte each names it again.</summary>
    private Http2Attack HeaderBomb()
    {
        List<byte> block = [.. Http2Frames.Call(Method), 0x40, .. Http2Frames.Text("x-bomb"), .. Http2Frames.Text(new string('b', 3_000))];
        for (var i = _random.Next(1_000, 12_000); i > 0; i--) block.Add(0x80 | 62);
        return new("h2 header bomb", new Http2Frames().Frame(Http2Frames.Headers, Http2Frames.EndHeaders, 1, [.. block]).Written);
    }

    private Http2Attack TableResizes()
    {
        List<byte> block = [];
        for (var i = _random.Next(1, 6_000); i > 0; i--) block.AddRange(_random.Next(2) == 0 ? [0x20] : [0x3F, 0xE1, 0x1F]);
        return new("h2 table resizes", new Http2Frames().Frame(Http2Frames.Headers, Http2Frames.EndHeaders, 1, [.. block, .. Http2Frames.Call(Method)]).Written);
    }

    /// <summary>More streams than are allowed, none of them finished.</summary>
    private Http2Attack Streams()
    {
        var frames = new Http2Frames();
        for (uint i = 0, stream = 1; i < _random.Next(50, 400); i++, stream += 2) frames.Frame(Http2Frames.Headers, Http2Frames.EndHeaders, stream, Http2Frames.Call(Stream));
        return new("h2 open streams", frames.Written);
    }

    /// <summary>Messages that announce megabytes and bring a few bytes.</summary>
    private Http2Attack HalfMessages()
    {
        var frames = new Http2Frames();
        for (uint i = 0, stream = 1; i < _random.Next(1, 90); i++, stream += 2)
        {
            frames.Frame(Http2Frames.Headers, Http2Frames.EndHeaders, stream, Http2Frames.Call(Stream)).Frame(Http2Frames.Data, 0, stream, [0, .. Http2Frames.Number((uint)_random.Next(1, 64 << 20)), 10, 1, 97]);
        }
        return new("h2 half messages", frames.Written);
    }

    /// <summary>Any frame with any flags, on any stream, of any length.</summary>
    private Http2Attack Malformed()
    {
        var frames = new Http2Frames();
        for (var i = _random.Next(1, 30); i > 0; i--)
        {
            var payload = _random.Next(3) == 0 ? Http2Frames.Call(Pick(Method, "", "/", "*", new string('p', 4_000), "/\0"), (Pick("x", "Upper", ":late", "a b", "", "connection"), Pick("", "v", "a\r\nb"))) : Bytes(_random.Next(40));
            frames.Frame((byte)_random.Next(12), (byte)_random.Next(256), (uint)Pick(0, 1, 2, 3, 5, int.MaxValue), payload, _random.Next(4) == 0 ? _random.Next(1 << 24) : null);
        }
        return new("h2 malformed", frames.Written);
    }

    private Http2Attack Garbage() => new("h2 garbage", Bytes(_random.Next(1, 4_000)));

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private T Pick<T>(params ReadOnlySpan<T> from) => from[_random.Next(from.Length)];
}
