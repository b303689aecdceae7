using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FleetMonitor.Testing.Hostile;

/// <summary>Hostile traffic against a running server, beside a polite client and some that dribble, and what the server made of it.</summary>
/// <param name="server">Without tokens, on this machine.</param>
/// <param name="grpc">Where the same server listens for HTTP/2; null: that is left alone.</param>
/// <param name="pid">The server's process, whose memory is looked at; null: it is not.</param>
public sealed class HostileRun(Uri server, Uri? grpc, int requests, int workers, int seed, int? pid)
{
    // Of gRPC, statuses that speak of a fault of the server: UNKNOWN, INTERNAL, DATA_LOSS, and no status at all.
    private static readonly int[] ServersFault = [2, 13, 15, -1];

    private const int Dribblers = 20;

    // The rest of a thousand go over HTTP/1.1. A connection is thousands of frames.
    private const int CallsOfThousand = 150, ConnectionsOfThousand = 2;

    private const int NoAnswer = -2;
    private static readonly TimeSpan Dribble = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<(string Kind, string Answer), int> _answers = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly List<long> _memory = [];
    private int _sent, _good, _dribbled, _errors;

    public async Task<HostileReport> RunAsync()
    {
        using var http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromSeconds(60) };
        await RegisterAsync(http, HostileTraffic.MixedModel);
        await RegisterAsync(http, PoliteClient.Model);
        var before = (await CountAsync(http, HostileTraffic.MixedModel), await CountAsync(http, PoliteClient.Model));
        var polite = new PoliteClient(http);
        using var stop = new CancellationTokenSource();
        var beside = Task.WhenAll([polite.RunAsync(stop.Token), .. Enumerable.Range(0, Dribblers).Select(i => DribbleAsync(i, stop.Token))]);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(() => AttackAsync((seed * 1_000) + worker))));
        var seconds = watch.Elapsed.TotalSeconds;
        await stop.CancelAsync();
        await beside;
        var kept = await CountAsync(http, HostileTraffic.MixedModel) - before.Item1;
        var politeKept = await CountAsync(http, PoliteClient.Model) - before.Item2;
        if (kept != _good) _faults.Enqueue(Text($"of mixed batches {_good} good items were acknowledged, and {kept} counted"));
        if (politeKept != polite.Sent) _faults.Enqueue(Text($"the polite client had {polite.Sent} predictions acknowledged, and {politeKept} counted"));
        foreach (var fault in polite.Faults) _faults.Enqueue($"the polite client: {fault}");
        return new HostileReport(
            _sent, seconds, _answers.OrderBy(a => a.Key.Kind, StringComparer.Ordinal).ThenBy(a => a.Key.Answer, StringComparer.Ordinal).Select(a => (a.Key.Kind, a.Key.Answer, a.Value)).ToList(), _errors,
            kept, polite.Sent, polite.Retries, polite.Seconds, _dribbled, _memory, [.. _faults]);
    }

    private async Task AttackAsync(int lane)
    {
        var (http1, calls, http2, random) = (new HostileTraffic(lane), new GrpcTraffic(GrpcMethods.All, lane), new Http2Traffic(lane), new Random(lane));
        using var connection = new RawConnection(server);
        using var grpcConnection = grpc is null ? null : new GrpcConnection(grpc);
        while (Interlocked.Increment(ref _sent) is var number && number <= requests)
        {
            if (number % Math.Max(1, requests / 100) == 0 && pid is { } process)
            {
                lock (_memory) _memory.Add(ResidentBytes(process));
            }
            var share = grpcConnection is null ? int.MaxValue : random.Next(1_000);
            if (share < CallsOfThousand) await CallAsync(grpcConnection!, calls.Next());
            else if (share < CallsOfThousand + ConnectionsOfThousand) await EndureAsync(http2.Next());
            else await AskAsync(connection, http1.Next());
        }
        Interlocked.Decrement(ref _sent);
    }

    private async Task AskAsync(RawConnection connection, HostileRequest request)
    {
        if (request.IsCutOff)
        {
            await connection.BreakOffAsync(request.Bytes);
            return;
        }
        try
        {
            Judge(request, await connection.AskAsync(request.Bytes));
        }
        catch (TimeoutException exception)
        {
            _faults.Enqueue($"{request.Kind}: {exception.Message} {Excerpt(request)}");
        }
    }

    private async Task CallAsync(GrpcConnection connection, GrpcCall call)
    {
        var (status, message) = await connection.CallAsync(call);
        Count($"grpc {call.Kind}", status == NoAnswer ? "closed" : Text($"{status}"));
        if (ServersFault.Contains(status)) _faults.Enqueue(Text($"grpc {call.Kind}, {call.Path}: {status} {message} {Convert.ToHexString(call.Body.AsSpan(0, Math.Min(60, call.Body.Length)))}"));
    }

    private async Task EndureAsync(Http2Attack attack)
    {
        try
        {
            Count(attack.Kind, await Http2Connection.EndureAsync(grpc!, attack));
        }
        catch (TimeoutException exception)
        {
            _faults.Enqueue($"{attack.Kind}: {exception.Message}");
        }
    }

    private void Count(string kind, string answer) => _answers.AddOrUpdate((kind, answer), 1, (_, count) => count + 1);

    private void Judge(HostileRequest request, RawAnswer? answer)
    {
        Count(request.Kind, answer is null ? "closed" : Text($"{answer.Status}"));
        if (answer?.Status >= 500) Interlocked.Increment(ref _errors);
        if (answer is { IsSound: false }) _faults.Enqueue(Text($"{request.Kind}: {answer.Status} {answer.Body} {Excerpt(request)}"));
        if (request.Kind != "mixed batch" || answer is not { Status: 200 or 400 }) return;
        using var body = JsonDocument.Parse(answer.Body);
        var accepted = body.RootElement.TryGetProperty("accepted", out var value) ? value.GetInt32() : 0;
        if (accepted != request.Good) _faults.Enqueue(Text($"mixed batch: {request.Good} good items, {accepted} accepted: {answer.Body} {Excerpt(request)}"));
        Interlocked.Add(ref _good, accepted);
    }

    /// <summary>Slow-loris: headers, or a body, a byte each half second.</summary>
    private async Task DribbleAsync(int number, CancellationToken stop)
    {
        var head = $"POST /v1/models/hostile-0/predictions HTTP/1.1\r\nHost: slow\r\nContent-Type: application/json\r\nContent-Length: 100000\r\nX-Slow: {new string('x', 1_000)}\r\n\r\n";
        using var connection = new RawConnection(server);
        while (!stop.IsCancellationRequested)
        {
            var request = number % 2 == 0 ? head : head.Replace(new string('x', 1_000), "", StringComparison.Ordinal) + new string(' ', 1_000);
            if (await connection.DribbleAsync(Encoding.Latin1.GetBytes(request), Dribble, stop)) Interlocked.Increment(ref _dribbled);
        }
    }

    private static async Task RegisterAsync(HttpClient http, string model)
    {
        using var spec = new StringContent("""{"task":"binary","positive":"1","features":[{"name":"amount","kind":"numeric"}]}""", Encoding.UTF8, "application/json");
        using var response = await http.PutAsync(new Uri($"v1/models/{model}", UriKind.Relative), spec);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<int> CountAsync(HttpClient http, string model)
    {
        using var description = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri($"v1/models/{model}", UriKind.Relative)));
        return description.RootElement.GetProperty("counters").GetProperty("predictions").GetInt32();
    }

    /// <summary>What a process holds in memory, as Linux counts it.</summary>
    private static long ResidentBytes(int process)
    {
        var line = File.ReadLines(Text($"/proc/{process}/status")).First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    private static string Excerpt(HostileRequest request) => Encoding.Latin1.GetString(request.Bytes.Span[..Math.Min(request.Bytes.Length, 600)]);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
