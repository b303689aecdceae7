using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace FleetMonitor.Testing.Hostile;

/// <summary>Requests as strangers and attackers send them, one after the other from a seed: the same seed is the same traffic.</summary>
/// <remarks>All of them go to models whose names begin with <c>hostile-</c>; the good items of mixed batches go to <see cref="MixedModel"/>.</remarks>
public sealed class HostileTraffic(int seed)
{
    public const string MixedModel = "hostile-mixed";

    private const string Json = "application/json", Ndjson = "application/x-ndjson";
    private const string GoodItem = """{"id":"a","time":"2026-11-22T10:00:00Z","features":{"amount":12.5,"country":"DE"},"prediction":"1","probabilities":{"0":0.07,"1":0.93},"latency_ms":3.1,"tags":{"r":"eu"}}""";

    private static readonly byte[] ZipBomb = Compress(new byte[64 << 20], stream => new GZipStream(stream, CompressionLevel.SmallestSize));
    private static readonly byte[] BrotliBomb = Compress(new byte[64 << 20], stream => new BrotliStream(stream, CompressionLevel.Fastest));
    private static readonly byte[] Good = Encoding.UTF8.GetBytes($"[{GoodItem}]");

    /// <summary>Values where another, or none, belongs.</summary>
    private static readonly string[] Values =
    [
        "null", "true", "[]", "{}", "\"\"", "-1", "1e999", "-1e-999", "1e39", "123456789012345678901234567890", "0.1e", "NaN", "Infinity", "-Infinity", "\"NaN\"", "\"\\ud800\"", "\"\\u0000\"",
        "01", "+1", ".5", "[[[[1]]]]", "{\"a\":{\"b\":{\"c\":1}}}", "\"9999-99-99T99:99:99Z\"", "\"2099-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00Z\"", "9223372036854775808", "\"' OR 1=1 --\"", "\"<script>\"",
        "\"../../etc/passwd\"", "\"{{7*7}}\"", "\"%n%n%n\"",
    ];

    private static readonly string[] Extremes = ["1.7976931348623157e308", "-1.7976931348623157e308", "5e-324", "1e300", "-1e155", "1e-300", "0", "-0", "1", "9007199254740993", "\"Infinity\"", "\"-Infinity\"", "1e18"];

    private static readonly string[] Members = ["id", "time", "version", "features", "prediction", "probabilities", "score", "latency_ms", "error", "tags", "label", "", "__proto__", "predictions"];

    private static readonly string[] Names =
    [
        "..", ".", "%2e%2e", "..%2f..%2fetc%2fpasswd", "..%5c..%5cwindows", "%00", "a%00b", "a%0d%0aX-Evil:%201", "-", "_x", new string('a', 129), "%F0%9F%98%80", "a%20b", "CON", "a;b", "a%2Fb", "%", "%zz", "a?b", "*", "%2e%2e%2f%2e%2e", "a%252fb", "%c0%ae%c0%ae", "%EF%BC%8E%EF%BC%8E", "a%E2%80%AEb", "e%CC%81", new string('b', 3_000),
    ];

    private static readonly string[] Routes =
    [
        "", "/predictions", "/labels", "/reference", "/drift", "/performance", "/features", "/features/..%2f..", "/features/%00", "/segments", "/history", "/rebaseline", "/maintenance", "/retire", "/nowhere", "//", "/./", "/..",
    ];

    private static readonly string[] Queries =
    [
        "window=", "window=1h&window=2h", "window=999999999999999999d", "window=-1h", "window=%00", "step=1s", "steps=-1", "steps=99999999999999", "page=0", "page=1e9", "page_size=100000", "sort=';drop table models", "search=%25%25%25",
        "search=%00", "state=%F0%9F%98%80", "task=x", "sort=name&page=2147483647", "=&=&=", "%", "a[]=1&a[$ne]=2",
    ];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get"];

    private readonly Random _random = new(seed);
    private long _made;

    public HostileRequest Next()
    {
        _made++;
        return _random.Next(500) == 0 ? Bomb() : _random.Next(99) switch
        {
            < 14 => Mixed(),
            < 24 => Mutated(),
            < 30 => WrongTypes(),
            < 34 => Extreme(),
            < 39 => InvalidUtf8(),
            < 43 => Duplicates(),
            < 46 => Deep(),
            < 58 => NewModel(),
            < 64 => Traversal(),
            < 70 => Query(),
            < 75 => Encoded(),
            < 78 => HeaderFlood(),
            < 80 => LongUrl(),
            < 84 => Truncated(),
            < 88 => Framing(),
            < 91 => Announced(),
            < 93 => Garbage(),
            < 95 => Spec(),
            < 97 => Reference(),
            _ => Event(),
        };
    }

    /// <summary>Good items among bad ones: each good one is another prediction, and must be kept.</summary>
    private HostileRequest Mixed()
    {
        var (items, good) = (new List<string>(), 0);
        for (var i = _random.Next(2, 12); i > 0; i--)
        {
            var bad = _random.Next(8);
            items.Add(bad switch
            {
                0 => "5",
                1 => "null",
                2 => "{}",
                3 => """{"prediction":null}""",
                4 => $$"""{"prediction":"1","id":"{{new string('x', 300)}}"}""",
                5 => """{"prediction":"1","time":"yesterday"}""",
                _ => string.Create(CultureInfo.InvariantCulture, $$"""{"id":"{{seed}}-{{_made}}-{{i}}","features":{"amount":{{_random.NextDouble() * 100}} },"prediction":"{{i % 2}}"}"""),
            });
            if (bad > 5) good++;
        }
        var lines = _random.Next(2) == 0;
        var body = lines ? string.Join('\n', items) : $"{{\"predictions\":[{string.Join(',', items)}]}}";
        return new HostileRequest("mixed batch", Post($"/v1/models/{MixedModel}/predictions", Encoding.UTF8.GetBytes(body), lines ? Ndjson : Json), good);
    }

    private HostileRequest Mutated()
    {
        var body = Good.ToArray();
        for (var i = _random.Next(1, 5); i > 0; i--) body[_random.Next(body.Length)] = (byte)_random.Next(256);
        if (_random.Next(2) == 0) body = body[.._random.Next(body.Length)];
        return new HostileRequest("malformed JSON", Post(Batch(), body));
    }

    private HostileRequest WrongTypes()
    {
        var members = Enumerable.Range(0, _random.Next(1, 6)).Select(_ => $"\"{Pick(Members)}\":{Pick(Values)}");
        var item = $"{{{string.Join(',', members)}}}";
        var body = _random.Next(4) switch { 0 => item, 1 => $"[{item},{GoodItem}]", 2 => $"{{\"predictions\":{Pick(Values)},\"labels\":{Pick(Values)}}}", _ => $"{{\"predictions\":[{item}],\"labels\":[{item}]}}" };
        return new HostileRequest("wrong types", Post(Batch(), Encoding.UTF8.GetBytes(body), _random.Next(3) == 0 ? Ndjson : Json));
    }

    /// <summary>Numbers that are ones, at the ends of what a double holds, until they are summed, squared or divided; and what the model says of
    /// them.</summary>
    private HostileRequest Extreme()
    {
        var model = $"/v1/models/hostile-extreme-{(_random.Next(2) == 0 ? "regression" : "binary")}";
        var regression = model.EndsWith("regression", StringComparison.Ordinal);
        switch (_random.Next(8))
        {
            case 0:
                return new HostileRequest("extreme values", Request("PUT", model, Encoding.UTF8.GetBytes(
                    $$"""{"task":"{{(regression ? "regression" : "binary")}}","min_samples":10,"reference":{"capture":100},"segments":["a"],"multivariate":true,"features":[{"name":"a","kind":"numeric"},{"name":"b","kind":"numeric"}],"detectors":[{"on":"error","detector":"adwin"}]}""")));
            case 1 or 2:
                return new HostileRequest("extreme values", Request("GET", model + Pick(["", "/drift", "/performance", "/features", "/segments", "/history?step=1m", "/features/a"]), []));
            case 3:
                return new HostileRequest("extreme values", Post($"{model}/labels", Encoding.UTF8.GetBytes(Lines(i => $$"""{"id":"e{{i}}","label":{{Pick(Extremes)}}}""")), Ndjson));
            default:
                return new HostileRequest("extreme values", Post($"{model}/predictions", Encoding.UTF8.GetBytes(Lines(i =>
                    $$"""{"id":"e{{i}}","prediction":{{(regression ? Pick(Extremes) : "\"1\"")}},"latency_ms":{{Pick(Extremes)}},"score":{{(regression ? "null" : "0.5")}},"features":{"a":{{Pick(Extremes)}},"b":{{Pick(Extremes)}} } }""")), Ndjson));
        }

        string Lines(Func<int, string> line) => string.Join('\n', Enumerable.Range(0, _random.Next(1, 60)).Select(_ => line(_random.Next(200))));
    }

    private HostileRequest InvalidUtf8()
    {
        byte[] text = [.. "[{\"prediction\":\"1\",\"id\":\""u8, .. _random.Next(3) switch { 0 => (byte[])[0xC0, 0x80], 1 => [0xED, 0xA0, 0x80], _ => [0xFF, 0xFE] }, .. "\"}]"u8];
        return new HostileRequest("invalid UTF-8", Post(Batch(), text));
    }

    private HostileRequest Duplicates() => new("duplicate keys", Post(Batch(), Encoding.UTF8.GetBytes(
        $$"""{"predictions":[{"prediction":"1","prediction":{{Pick(Values)}},"features":{"a":1,"a":2},"features":{"a":{{Pick(Values)}}},"id":"x","id":"y"}],"predictions":[]}""")));

    private HostileRequest Deep()
    {
        var open = _random.Next(2) == 0 ? "[" : "{\"a\":";
        return new HostileRequest("deep JSON", Post(_random.Next(3) == 0 ? "/" : Batch(), Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, _random.Next(10, 20_000))))));
    }

    /// <summary>Ten thousand new names a second, as fast as they are taken.</summary>
    private HostileRequest NewModel() => new("new model", Post(
        string.Create(CultureInfo.InvariantCulture, $"/v1/models/hostile-{seed}-{_random.Next(1_000_000)}/predictions"), """[{"prediction":"1"}]"""u8.ToArray()));

    private HostileRequest Traversal() => new("traversal", Request(Pick(Methods), $"/{(_random.Next(4) == 0 ? "v2" : "v1")}/models/{Pick(Names)}{Pick(Routes)}", _random.Next(2) == 0 ? Good : []));

    private HostileRequest Query() => new("query", Request("GET", $"/v1/models{(_random.Next(3) == 0 ? "" : $"/{MixedModel}{Pick(Routes)}")}?{Pick(Queries)}&{Pick(Queries)}", []));

    /// <summary>Encodings that a body does not have, or only half.</summary>
    private HostileRequest Encoded()
    {
        var zipped = Compress(Good, stream => new GZipStream(stream, CompressionLevel.Fastest));
        var (encoding, body) = _random.Next(7) switch
        {
            0 => ("gzip", Good),
            1 => ("gzip", zipped[..^_random.Next(1, 12)]),
            2 => ("br", zipped),
            3 => ("deflate", [0, 1, 2, 3]),
            4 => ("gzip, gzip, gzip", zipped),
            5 => (string.Join(", ", Enumerable.Repeat("br", 200)), zipped),
            _ => ("zstd", Good),
        };
        return new HostileRequest("encoding", Post(Batch(), body, Json, $"Content-Encoding: {encoding}\r\n"));
    }

    private HostileRequest Bomb()
    {
        var (encoding, body) = _random.Next(2) == 0 ? ("gzip", ZipBomb) : ("br", BrotliBomb);
        return new HostileRequest("gzip bomb", Post(Batch(), body, Json, $"Content-Encoding: {encoding}\r\n"));
    }

    private HostileRequest HeaderFlood()
    {
        var headers = _random.Next(3) switch
        {
            0 => string.Concat(Enumerable.Range(0, 200).Select(i => string.Create(CultureInfo.InvariantCulture, $"X-{i}: {i}\r\n"))),
            1 => $"X-Large: {new string('x', 64 << 10)}\r\n",
            _ => $"Fleet-Producer: {new string('p', _random.Next(1, 4_000))}\r\nFleet-Sequence: {Pick(["-1", "1e9", "18446744073709551616", "", "7"])}\r\nAuthorization: {Pick(["Bearer", "Bearer " + new string('t', 9_000), "Basic eDp4", ""])}\r\n",
        };
        return new HostileRequest("header flood", Post(Batch(), Good, Json, headers));
    }

    private HostileRequest LongUrl() => new("long URL", Request("GET", $"/v1/models?search={new string('s', _random.Next(4_000, 40_000))}", []));

    /// <summary>Announces more than it sends, and hangs up.</summary>
    private HostileRequest Truncated()
    {
        var whole = Post(Batch(), Good);
        return new HostileRequest("truncated", whole.AsMemory(0, _random.Next(1, whole.Length)), IsCutOff: true);
    }

    /// <summary>Where the body ends is told twice, wrongly, or not.</summary>
    private HostileRequest Framing()
    {
        var framing = _random.Next(14) switch
        {
            0 => "Content-Length: -1\r\n\r\n",
            1 => "Content-Length: 5\r\nContent-Length: 6\r\n\r\n[{}]]",
            2 => "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            3 => "Transfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n0\r\n\r\n",
            4 => "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n[]\r\n",
            5 => "Transfer-Encoding: gzip\r\n\r\n[]",
            6 => "Content-Length: 99999999999999999999\r\n\r\n",
            7 => "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n[]",
            8 => "Expect: miracles\r\nContent-Length: 2\r\n\r\n[]",
            9 => "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nContent-Length: 2\r\n\r\n[]",
            10 => "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 2\r\n\r\n[]",
            11 => "Content-Type: text/plain\r\nContent-Type: application/x-ndjson\r\nContent-Length: 2\r\n\r\n[]",
            12 => $"Transfer-Encoding: chunked\r\n\r\n{string.Concat(Enumerable.Repeat("1\r\n[\r\n", _random.Next(1, 2_000)))}0\r\n\r\n",
            _ => "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n[]\r\n0\r\nX: y\r\n\r\n",
        };
        return new HostileRequest("framing", Encoding.Latin1.GetBytes($"POST {Batch()} HTTP/1.1\r\nHost: a\r\nContent-Type: {Json}\r\n{framing}"));
    }

    /// <summary>More than is taken, announced.</summary>
    private HostileRequest Announced() => new(
        "oversized", Encoding.Latin1.GetBytes($"POST {Batch()} HTTP/1.1\r\nHost: a\r\nContent-Type: {Json}\r\nContent-Length: {_random.NextInt64(1L << 27, 1L << 60)}\r\n\r\n[]"));

    private HostileRequest Garbage()
    {
        var bytes = new byte[_random.Next(1, 200)];
        _random.NextBytes(bytes);
        byte[] sent = _random.Next(5) switch
        {
            0 => [0x16, 3, 1, 2, 0, .. bytes, .. "\r\n\r\n"u8],
            1 => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. bytes],
            2 => [.. "GET / HTTP/9.9\r\nHost: a\r\n\r\n"u8],
            3 => [.. "GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n bad: folded\r\n\r\n"u8],
            _ => [.. bytes, .. "\r\n\r\n"u8],
        };
        return new HostileRequest("garbage", sent, IsCutOff: true);
    }

    private HostileRequest Spec()
    {
        var members = Enumerable.Range(0, _random.Next(1, 5)).Select(_ => $"\"{Pick(["task", "features", "windows", "thresholds", "reference", "label_horizon", "segments", "detectors", "label_capacity", "duration", "payload"])}\":{Pick(Values)}");
        return new HostileRequest("spec", Request("PUT", $"/v1/models/hostile-spec{Pick(["", "/maintenance", "/rebaseline"])}", Encoding.UTF8.GetBytes($"{{{string.Join(',', members)}}}")));
    }

    private HostileRequest Reference()
    {
        var (type, text) = _random.Next(4) switch
        {
            0 => ("text/csv", $"a,\"b\n,{Pick(Values)}\n\"\"\"{new string('q', 3_000)}"),
            1 => ("text/csv", $"prediction,a,a,,\n{Pick(Values)},{Pick(Values)},,,\n1,2\n"),
            2 => ("application/vnd.apache.parquet", $"PAR1{new string('\u0001', _random.Next(0, 300))}PAR1"),
            _ => (Ndjson, $"{{\"prediction\":{Pick(Values)}}}\n{{\n\n{Pick(Values)}\n"),
        };
        return new HostileRequest("reference", Request("PUT", "/v1/models/hostile-reference/reference?prediction=prediction&score=", Encoding.UTF8.GetBytes(text), type));
    }

    private HostileRequest Event()
    {
        var (path, type, body) = _random.Next(4) switch
        {
            0 => ("/", "application/cloudevents+json", $$"""{"specversion":"1.0","type":"org.kubeflow.serving.inference.{{Pick(["request", "response", "x"])}}","id":{{Pick(Values)}},"source":"/","inferenceservicename":{{Pick(Values)}},"data":{{Pick(Values)}}}"""),
            1 => ("/", "application/cloudevents-batch+json", $"[{Pick(Values)},{{\"specversion\":{Pick(Values)}}}]"),
            2 => ("/v2/models/hostile/infer", Json, $$"""{"id":{{Pick(Values)}},"inputs":[{"name":"X","shape":{{Pick(Values)}},"datatype":"FP32","data":{{Pick(Values)}}}]}"""),
            _ => ("/v2/repository/index", Json, Pick(Values)),
        };
        return new HostileRequest("event", Post(path, Encoding.UTF8.GetBytes(body), type));
    }

    private string Batch() => $"/v1/models/hostile-{_random.Next(8)}/{(_random.Next(4) == 0 ? "labels" : "predictions")}";

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];

    private static byte[] Post(string path, byte[] body, string type = Json, string headers = "") => Request("POST", path, body, type, headers);

    private static byte[] Request(string method, string path, byte[] body, string type = Json, string headers = "")
    {
        var length = body.Length > 0 || method is "POST" or "PUT" ? string.Create(CultureInfo.InvariantCulture, $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n") : "";
        return [.. Encoding.Latin1.GetBytes($"{method} {path} HTTP/1.1\r\nHost: hostile\r\n{length}{headers}\r\n"), .. body];
    }

    private static byte[] Compress(byte[] bytes, Func<Stream, Stream> open)
    {
        using var packed = new MemoryStream();
        using (var stream = open(packed)) stream.Write(bytes);
        return packed.ToArray();
    }
}
