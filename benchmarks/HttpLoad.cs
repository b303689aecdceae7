using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FleetMonitor.Benchmarks;

/// <summary>What a load reached: answers a second, and how long the median and the slowest hundredth took.</summary>
internal readonly record struct LoadResult(double Rate, double MedianMicros, double SlowMicros)
{
    public static LoadResult Of(List<long>[] ticks, double seconds)
    {
        var all = ticks.SelectMany(t => t).Order().ToArray();
        return new LoadResult(all.Length / seconds, Micros(all[all.Length / 2]), Micros(all[(int)(all.Length * 0.99)]));
    }

    private static double Micros(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}

/// <summary>Clients of HTTP/1.1 that send one request again and again over a connection each, and do little beside: what is measured is the server.</summary>
internal static class HttpLoad
{
    public static byte[] Request(int port, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n");
        foreach (var (name, value) in headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body];
    }

    public static async Task<LoadResult> RunAsync(int port, byte[] request, int connections, TimeSpan duration)
    {
        var ticks = Enumerable.Range(0, connections).Select(_ => new List<long>(100_000)).ToArray();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(ticks.Select(mine => Task.Run(() => ClientAsync(port, request, mine, started, duration))));
        return LoadResult.Of(ticks, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>The body of one answer.</summary>
    public static async Task<byte[]> OnceAsync(int port, byte[] request)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port);
        var stream = client.GetStream();
        var buffer = new byte[1 << 20];
        await stream.WriteAsync(request);
        var (head, length) = await AnswerAsync(stream, buffer);
        return buffer[head..(head + length)];
    }

    private static async Task ClientAsync(int port, byte[] request, List<long> ticks, long started, TimeSpan duration)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port);
        var stream = client.GetStream();
        var buffer = new byte[64 << 10];
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            var sent = Stopwatch.GetTimestamp();
            await stream.WriteAsync(request);
            await AnswerAsync(stream, buffer);
            ticks.Add(Stopwatch.GetTimestamp() - sent);
        }
    }

    private static async Task<(int Head, int Length)> AnswerAsync(NetworkStream stream, byte[] buffer)
    {
        var read = 0;
        while (true)
        {
            var got = await stream.ReadAsync(buffer.AsMemory(read));
            if (got == 0) throw new InvalidOperationException("The server closed the connection.");
            read += got;
            var end = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8);
            if (end < 0) continue;
            var length = Length(buffer.AsSpan(0, end));
            if (read >= end + 4 + length) return (end + 4, length);
        }
    }

    private static int Length(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 200"u8)) throw new InvalidOperationException($"The server answered {Encoding.ASCII.GetString(head)}.");
        var at = head.IndexOf("Content-Length: "u8) + "Content-Length: ".Length;
        var rest = head[at..];
        var end = rest.IndexOf((byte)'\r');
        return int.Parse(end < 0 ? rest : rest[..end], CultureInfo.InvariantCulture);
    }
}
