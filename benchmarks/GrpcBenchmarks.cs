using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Protocol.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace FleetMonitor.Benchmarks;

/// <summary>
/// Sends a server streams of columnar batches and measures what it acknowledges: <c>./fleet bench grpc http://localhost:8081</c>, beside <c>./fleet up
/// --empty</c>.
/// </summary>
internal static class GrpcBenchmarks
{
    private const int Rows = 1_000;
    private const int Features = 20;
    private const int Bodies = 64;
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    /// <param name="args">URL of gRPC, then how many streams (2), each with a model of its own.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var url = args.Length > 0 ? args[0] : "http://localhost:8081";
        var streams = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 2;
        using var channel = GrpcChannel.ForAddress(url);
        var service = new MonitorService.MonitorServiceClient(channel);
        var batches = Enumerable.Range(0, Bodies).Select(Columns).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"gRPC to {url}: batches of {Rows} events, {Features} features, {batches[0].CalculateSize() / (double)Rows:0} B an event, "
            + $"{streams} streams, warm-up {Warmup.TotalSeconds:0} s"));
        await MeasureAsync(service, batches, streams, Warmup);
        var (events, latencies, elapsed, rejected) = await MeasureAsync(service, batches, streams, Duration);
        latencies.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {Rounds.Short(events / elapsed.TotalSeconds)} events/s acknowledged ({events:N0} in {elapsed.TotalSeconds:0.0} s), "
            + $"a batch p50 {latencies[latencies.Count / 2]:0.0} ms, p99 {latencies[latencies.Count * 99 / 100]:0.0} ms, {rejected} rejected"));
        return rejected == 0 ? 0 : 1;
    }

    private static async Task<(long Events, List<double> Latencies, TimeSpan Elapsed, long Rejected)> MeasureAsync(
        MonitorService.MonitorServiceClient service, PredictionColumns[] batches, int streams, TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var results = await Task.WhenAll(Enumerable.Range(0, streams).Select(stream => Task.Run(() => SendAsync(service, batches, stream, duration))));
        return (results.Sum(r => r.Events), [.. results.SelectMany(r => r.Latencies)], Stopwatch.GetElapsedTime(started), results.Sum(r => r.Rejected));
    }

    /// <summary>Writes as fast as the server reads; its flow control sets the pace.</summary>
    private static async Task<(long Events, List<double> Latencies, long Rejected)> SendAsync(
        MonitorService.MonitorServiceClient service, PredictionColumns[] batches, int stream, TimeSpan duration)
    {
        using var call = service.StreamPredictions();
        var sent = new Queue<long>();
        List<double> latencies = [];
        long events = 0, rejected = 0;
        var reading = Task.Run(async () =>
        {
            await foreach (var answer in call.ResponseStream.ReadAllAsync())
            {
                lock (sent) latencies.Add(Stopwatch.GetElapsedTime(sent.Dequeue()).TotalMilliseconds);
                events += answer.Result?.Accepted ?? 0;
                rejected += answer.Result is { } result ? result.Rejected + result.TooLate : Rows;
            }
        });
        var started = Stopwatch.GetTimestamp();
        var model = string.Create(CultureInfo.InvariantCulture, $"bench-grpc-{stream}");
        for (var i = stream; Stopwatch.GetElapsedTime(started) < duration; i++)
        {
            lock (sent) sent.Enqueue(Stopwatch.GetTimestamp());
            await call.RequestStream.WriteAsync(new StreamPredictionsRequest { Model = model, Columns = batches[i % batches.Length] });
        }
        await call.RequestStream.CompleteAsync();
        await reading;
        return (events, latencies, rejected);
    }

    private static PredictionColumns Columns(int seed)
    {
        var random = new Random(seed);
        var columns = new PredictionColumns { Count = Rows, Predictions = new ValueColumn { Texts = new TextColumn { Dictionary = { "0", "1" } } } };
        for (var row = 0; row < Rows; row++)
        {
            var score = random.NextDouble();
            columns.Scores.Add(score);
            columns.Predictions.Texts.Rows.Add(score > 0.5 ? 2u : 1u);
            columns.Latencies.Add(random.NextDouble() / 100);
        }
        for (var feature = 0; feature < Features; feature++)
        {
            var values = new ValueColumn();
            for (var row = 0; row < Rows; row++) values.Numbers.Add(random.NextDouble() + random.NextDouble());
            columns.Features.Add(new NamedColumn { Name = string.Create(CultureInfo.InvariantCulture, $"f{feature}"), Values = values });
        }
        return columns;
    }
}
