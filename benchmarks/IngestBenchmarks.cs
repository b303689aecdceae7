using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

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
        long warmUp, sent, started, counted;
        double seconds;
        try
        {
            warmUp = await SendAsync(client, bodies, TimeSpan.FromSeconds(3));
            counted = await CountAsync(client);
            started = Stopwatch.GetTimestamp();
            sent = await SendAsync(client, bodies, TimeSpan.FromSeconds(15));
            seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            counted = await CountAsync(client) - counted;
        }
        catch (HttpRequestException exception)
        {
            await Console.Error.WriteLineAsync($"benchmarks ingest: {exception.Message}");
            return 1;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"ingest, NDJSON, {bodies[0].Length / BatchRows} B an event, generator beside the silo: {Rounds.Short(sent / seconds)} events/s acknowledged, {Rounds.Short(sent / seconds * bodies[0].Length / BatchRows)}B/s"));
        if (counted == sent && warmUp > 0) return 0;
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"benchmarks ingest: {sent:N0} were acknowledged, but the models counted {counted:N0}"));
        return 1;
    }

    /// <summary>What the models say they have counted.</summary>
    private static async Task<long> CountAsync(HttpClient client)
    {
        var count = 0L;
        for (var model = 0; model < Models; model++)
        {
            using var description = JsonDocument.Parse(await client.GetByteArrayAsync(new Uri($"/v1/models/bench-{model}", UriKind.Relative)));
            count += description.RootElement.GetProperty("counters").GetProperty("predictions").GetInt64();
        }
        return count;
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
