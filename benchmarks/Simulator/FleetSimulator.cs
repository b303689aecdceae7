using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace FleetMonitor.Benchmarks.Simulator;

/// <summary>A fleet of models with known troubles, sent through the public API of a silo or a gateway, and what the monitor made of it.</summary>
/// <remarks>
/// Event time runs from some hours ago to now, as fast as the server takes it. One batch in fifty is sent twice under its number. In the end every model's counters are compared with what was
/// sent: lost and doubled must be 0. Each hour's verdict is compared with the truth.
/// </remarks>
internal sealed class FleetSimulator(SimulatorOptions options) : IDisposable
{
    private const int RepeatedEvery = 50;
    private static readonly TimeSpan Slot = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly HttpClient _client = new() { BaseAddress = options.Server, Timeout = TimeSpan.FromSeconds(60) };
    private readonly ConcurrentBag<double> _lags = [];
    private long _batches, _retries;

    public static async Task<int> RunAsync(string[] args)
    {
        if (SimulatorOptions.Parse(args) is not { } options)
        {
            await Console.Error.WriteLineAsync(SimulatorOptions.Usage);
            return 2;
        }
        using var simulator = new FleetSimulator(options);
        return await simulator.RunAsync();
    }

    public void Dispose() => _client.Dispose();

    private async Task<int> RunAsync()
    {
        var end = TimeProvider.System.GetUtcNow();
        var start = end.AddHours(-options.Hours);
        var fleet = Fleet(start);
        var watch = Stopwatch.StartNew();
        await ForAllAsync(fleet, RegisterAsync);
        Print($"{fleet.Count} models registered in {watch.Elapsed.TotalSeconds:0.0} s");

        watch.Restart();
        var cpu = ProcessCpu.Seconds(options.Processes);
        await ForAllAsync(fleet, model => TrafficAsync(model, start, end));
        var (seconds, used) = (watch.Elapsed.TotalSeconds, ProcessCpu.Seconds(options.Processes) - cpu);
        var events = fleet.Sum(model => model.Expected + model.TooLate);
        Print($"{events:N0} predictions and {fleet.Sum(model => model.Labelled):N0} labels in {_batches:N0} batches: {seconds:0.0} s, {Rounds.Short(events / seconds)} predictions/s, {_retries} retries");
        if (options.Processes.Count > 0) Print($"CPU of the processes given: {used:0.0} s, {Rounds.Short(events / used)} predictions per CPU-second");
        var lags = _lags.Order().ToArray();
        Print($"lag from sending a batch to its acknowledgement: p50 {lags[lags.Length / 2] * 1e3:0.0} ms, p99 {lags[lags.Length * 99 / 100] * 1e3:0.0} ms");

        var (lost, doubled) = await CountAsync(fleet);
        Print($"lost {lost}, doubled {doubled}");
        await new Detection(_client, options.Hours).JudgeAsync(fleet, start);
        return lost == 0 && doubled == 0 ? 0 : 1;
    }

    /// <summary>Traffic by rank to the power −1.1; of ten models one drifts and another changes its concept, between a third and two thirds of the time.</summary>
    private List<SimulatedModel> Fleet(DateTimeOffset start)
    {
        var random = new Random(options.Seed);
        // A fleet of its own for each run: the numbers of an earlier run's batches are taken.
        var prefix = string.Create(CultureInfo.InvariantCulture, $"sim-{start:HHmmss}");
        var weights = Enumerable.Range(1, options.Models).Select(rank => Math.Pow(rank, -1.1)).ToArray();
        var scale = options.Events / weights.Sum() / options.Hours;
        return
        [
            .. weights.Select((weight, i) => new SimulatedModel(
                i, weight * scale, (i % 10) switch { 3 => Truth.FeatureDrift, 7 => Truth.ConceptChange, _ => Truth.Clean },
                start.AddHours(options.Hours * (1 + random.NextDouble()) / 3), options.Features, options.Seed, prefix)),
        ];
    }

    private Task ForAllAsync(List<SimulatedModel> fleet, Func<SimulatedModel, Task> act) =>
        Parallel.ForEachAsync(fleet, new ParallelOptions { MaxDegreeOfParallelism = options.Connections }, async (model, _) => await act(model));

    private async Task RegisterAsync(SimulatedModel model)
    {
        var features = string.Join(',', Enumerable.Range(0, options.Features).Select(i => string.Create(CultureInfo.InvariantCulture, $"{{\"name\":\"f{i}\",\"kind\":\"numeric\"}}")));
        var spec = $$"""{"task":"binary","positive":"1","team":"simulator","reference":{"capture":500},"label_horizon":"14d","features":[{{features}}]}""";
        while (true)
        {
            using var content = new StringContent(spec, Encoding.UTF8, "application/json");
            using var response = await _client.PutAsync(new Uri($"/v1/models/{model.Name}", UriKind.Relative), content);
            // More new models than the server takes a second wait.
            if (response.StatusCode is not HttpStatusCode.TooManyRequests)
            {
                response.EnsureSuccessStatusCode();
                return;
            }
            await Task.Delay(100);
        }
    }

    private async Task TrafficAsync(SimulatedModel model, DateTimeOffset start, DateTimeOffset end)
    {
        var sequence = 0L;
        for (var from = start; from + Slot <= end; from += Slot)
        {
            if (model.Predictions(from, Slot, out var rows) is { } predictions) await SendAsync(model, "predictions", predictions, rows, ++sequence);
            if (model.Labels(from + Slot, out var labels) is { } due) await SendAsync(model, "labels", due, labels, ++sequence);
        }
        // Those that would come after now come now.
        while (model.Labels(DateTimeOffset.MaxValue, out var rest) is { } late) await SendAsync(model, "labels", late, rest, ++sequence);
    }

    private async Task SendAsync(SimulatedModel model, string kind, byte[] body, int rows, long sequence)
    {
        var started = Stopwatch.GetTimestamp();
        await PostAsync(model, kind, body, sequence);
        _lags.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        if (Interlocked.Increment(ref _batches) % RepeatedEvery != 0) return;
        using var again = await PostAsync(model, kind, body, sequence);
        if (again.RootElement.TryGetProperty("accepted", out var accepted) && accepted.GetInt32() != 0) Print($"a repeated batch of {rows} {kind} to {model.Name} was counted: {again.RootElement}");
    }

    /// <summary>Sends until it is answered.</summary>
    private async Task<JsonDocument> PostAsync(SimulatedModel model, string kind, byte[] body, long sequence)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/v1/models/{model.Name}/{kind}", UriKind.Relative)) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
                request.Headers.Add("Fleet-Producer", "simulator");
                request.Headers.Add("Fleet-Sequence", sequence.ToString(CultureInfo.InvariantCulture));
                using var response = await _client.SendAsync(request);
                // A batch of events that are all too late is a 400 with its counts, like every batch with none good.
                if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest) return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
                if (response.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests)) response.EnsureSuccessStatusCode();
            }
            catch (HttpRequestException exception) when (exception.StatusCode is null && Stopwatch.GetElapsedTime(started) < Patience)
            {
                // Nobody listens at the moment.
            }
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"{model.Name} took no batch for {Patience}.");
            Interlocked.Increment(ref _retries);
            await Task.Delay(100);
        }
    }

    /// <summary>What the models say they counted, against what was sent.</summary>
    private async Task<(long Lost, long Doubled)> CountAsync(List<SimulatedModel> fleet)
    {
        long lost = 0, doubled = 0;
        await ForAllAsync(fleet, async model =>
        {
            using var description = JsonDocument.Parse(await _client.GetByteArrayAsync(new Uri($"/v1/models/{model.Name}", UriKind.Relative)));
            var counters = description.RootElement.GetProperty("counters");
            Compare(model.Expected, counters.GetProperty("predictions").GetInt64());
            Compare(model.TooLate, counters.GetProperty("too_late").GetInt64());
            Compare(model.Labelled, description.RootElement.GetProperty("labels").GetProperty("joined").GetInt64());
        });
        return (lost, doubled);

        void Compare(long sent, long counted)
        {
            Interlocked.Add(ref lost, Math.Max(0, sent - counted));
            Interlocked.Add(ref doubled, Math.Max(0, counted - sent));
        }
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
