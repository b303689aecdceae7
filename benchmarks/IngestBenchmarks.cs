using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FleetMonitor.Benchmarks.Simulator;

namespace FleetMonitor.Benchmarks;

/// <summary>NDJSON into a running silo or gateway over HTTP, from this process: 20 features, about 515 bytes an event, batches of 1,000 for 10 models unless told otherwise.</summary>
internal static class IngestBenchmarks
{
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(string[] args)
    {
        if (IngestLoad.Parse(args) is not { } load)
        {
            await Console.Error.WriteLineAsync(IngestLoad.Usage);
            return 2;
        }
        using var client = new HttpClient { BaseAddress = load.Server };
        var bodies = Enumerable.Range(0, 8).Select(seed => Body(seed, load.Rows)).ToArray();
        long warmUp, sent, started, counted;
        double seconds, cpu;
        try
        {
            warmUp = await SendAsync(client, bodies, load, TimeSpan.Zero);
            warmUp += await SendAsync(client, bodies, load, Warmup);
            counted = await CountAsync(client, load);
            cpu = ProcessCpu.Seconds(load.Processes);
            started = Stopwatch.GetTimestamp();
            sent = await SendAsync(client, bodies, load, Duration);
            seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            cpu = ProcessCpu.Seconds(load.Processes) - cpu;
            counted = await CountAsync(client, load) - counted;
        }
        catch (HttpRequestException exception)
        {
            await Console.Error.WriteLineAsync($"benchmarks ingest: {exception.Message}");
            return 1;
        }
        var size = bodies[0].Length / load.Rows;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"ingest, NDJSON, {size} B an event, {load.Rows} a batch, {load.Models} models: {Rounds.Short(sent / seconds)} events/s acknowledged, {Rounds.Short(sent / seconds * size)}B/s"));
        if (load.Processes.Count > 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  CPU of the processes given: {cpu:0.0} s, {Rounds.Short(sent / cpu)} events per CPU-second"));
        if (counted == sent && warmUp > 0) return 0;
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"benchmarks ingest: {sent:N0} were acknowledged, but the models counted {counted:N0}"));
        return 1;
    }

    /// <summary>What the models say they have counted.</summary>
    private static async Task<long> CountAsync(HttpClient client, IngestLoad load)
    {
        var count = 0L;
        for (var model = 0; model < load.Models; model++)
        {
            using var description = JsonDocument.Parse(await client.GetByteArrayAsync(new Uri($"/v1/models/bench-{model}", UriKind.Relative)));
            count += description.RootElement.GetProperty("counters").GetProperty("predictions").GetInt64();
        }
        return count;
    }

    private static async Task<long> SendAsync(HttpClient client, byte[][] bodies, IngestLoad load, TimeSpan duration)
    {
        var sent = 0L;
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, load.Connections, async (connection, cancellation) =>
        {
            // At least one batch a model and connection.
            for (var i = connection; i < connection + load.Models || Stopwatch.GetElapsedTime(started) < duration; i++)
            {
                using var content = new ByteArrayContent(bodies[i % bodies.Length]);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
                using var response = await client.PostAsync(new Uri($"/v1/models/bench-{i % load.Models}/predictions", UriKind.Relative), content, cancellation);
                response.EnsureSuccessStatusCode();
                Interlocked.Add(ref sent, load.Rows);
            }
        });
        return sent;
    }

    private static byte[] Body(int seed, int rows)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var row = 0; row < rows; row++)
        {
            var score = random.NextDouble();
            text.Append(CultureInfo.InvariantCulture, $"{{\"features\":{{");
            for (var feature = 0; feature < 20; feature++) text.Append(CultureInfo.InvariantCulture, $"{(feature == 0 ? "" : ",")}\"feature_{feature}\":{random.NextDouble():0.00000000}");
            text.Append(CultureInfo.InvariantCulture, $"}},\"prediction\":\"{(score > 0.5 ? 1 : 0)}\",\"score\":{score:0.0000},\"latency_ms\":{random.NextDouble() * 10:0.00}}}\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
