using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace FleetMonitor.Benchmarks;

/// <summary>NDJSON into a running silo over HTTP, from this process: 20 features, about 515 bytes an event, batches of 1,000 for 10 models.</summary>
internal static class IngestBenchmarks
{
    private const int BatchRows = 1_000;
    private const int Models = 10;
    private const int Connections = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var url] || !Uri.TryCreate(url, UriKind.Absolute, out var server))
        {
            await Console.Error.WriteLineAsync("benchmarks ingest URL: the address of a silo that runs (./fleet up --empty)");
            return 2;
        }
        using var client = new HttpClient { BaseAddress = server };
        var bodies = Enumerable.Range(0, 8).Select(Body).ToArray();
        long sent, started;
        try
        {
            await SendAsync(client, bodies, TimeSpan.FromSeconds(3));
            started = Stopwatch.GetTimestamp();
            sent = await SendAsync(client, bodies, TimeSpan.FromSeconds(15));
        }
        catch (HttpRequestException exception)
        {
            await Console.Error.WriteLineAsync($"benchmarks ingest: {exception.Message}");
            return 1;
        }
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"ingest, NDJSON, {bodies[0].Length / BatchRows} B an event, generator beside the silo: {Rounds.Short(sent / seconds)} events/s acknowledged, {Rounds.Short(sent / seconds * bodies[0].Length / BatchRows)}B/s"));
        return 0;
    }

    private static async Task<long> SendAsync(HttpClient client, byte[][] bodies, TimeSpan duration)
    {
        var sent = 0L;
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, Connections, async (connection, cancellation) =>
        {
            for (var i = connection; Stopwatch.GetElapsedTime(started) < duration; i++)
            {
                using var content = new ByteArrayContent(bodies[i % bodies.Length]);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
                using var response = await client.PostAsync(new Uri($"/v1/models/bench-{i % Models}/predictions", UriKind.Relative), content, cancellation);
                response.EnsureSuccessStatusCode();
                Interlocked.Add(ref sent, BatchRows);
            }
        });
        return sent;
    }

    private static byte[] Body(int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var row = 0; row < BatchRows; row++)
        {
            var score = random.NextDouble();
            text.Append(CultureInfo.InvariantCulture, $"{{\"features\":{{");
            for (var feature = 0; feature < 20; feature++) text.Append(CultureInfo.InvariantCulture, $"{(feature == 0 ? "" : ",")}\"feature_{feature}\":{random.NextDouble():0.00000000}");
            text.Append(CultureInfo.InvariantCulture, $"}},\"prediction\":\"{(score > 0.5 ? 1 : 0)}\",\"score\":{score:0.0000},\"latency_ms\":{random.NextDouble() * 10:0.00}}}\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
