using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FleetMonitor.Benchmarks;

/// <summary>Inference against a bare endpoint with the same body sizes, monitored and not, merged and not: all in one process with the generator, round by
/// round in turn.</summary>
internal static partial class InferenceBenchmarks
{
    private const string Demo = "card-fraud";
    private const int Features = 3;
    private const int RoundsOfEach = 5;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1.5), WarmUp = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync()
    {
        var source = Path.Combine("cli", "Demo", "models", Demo);
        if (!Directory.Exists(source))
        {
            await Console.Error.WriteLineAsync($"benchmarks inference: run it from the repository's root; there is no {source}");
            return 2;
        }
        await using var host = new InferenceHost(repository =>
        {
            Copy(source, Path.Combine(repository, Demo), "");
            Copy(source, Path.Combine(repository, "unmonitored"), "monitored: false\n");
            Copy(source, Path.Combine(repository, "one-by-one"), "monitored: false\nbatching: { enabled: false }\n");
        });
        await host.StartAsync();
        using var http = new HttpClient();
        while (!(await http.GetAsync(new Uri($"http://127.0.0.1:{host.Port}/v2/health/ready"))).IsSuccessStatusCode) await Task.Delay(50);

        await WarmUpAsync(host);
        foreach (var clients in new[] { 1, 16 })
        {
            foreach (var rows in new[] { 1, 64 })
            {
                var json = Json(rows);
                await AgainstBareAsync(host, $"JSON, {rows} rows, {clients} clients", HttpLoad.Request(host.Port, $"/v2/models/{Demo}/infer", json), json, clients);
                var (binary, headers) = Binary(rows);
                await AgainstBareAsync(host, $"binary, {rows} rows, {clients} clients", HttpLoad.Request(host.Port, $"/v2/models/{Demo}/infer", binary, headers), binary, clients, headers);
                await GrpcAgainstBareAsync(host, rows, clients);
            }
        }
        await CompareAsync("monitoring, JSON, 1 row, 16 clients", 16, host.Port, ("off", "unmonitored"), ("on", Demo));
        await CompareAsync("dynamic batching, JSON, 1 row, 64 clients", 64, host.Port, ("off", "one-by-one"), ("on", "unmonitored"));
        var page = await http.GetStringAsync(new Uri($"http://127.0.0.1:{host.Port}/metrics"));
        var before = Batches(page, "unmonitored");
        await HttpLoad.RunAsync(host.Port, HttpLoad.Request(host.Port, "/v2/models/unmonitored/infer", Json(1)), 64, Round);
        var after = Batches(await http.GetStringAsync(new Uri($"http://127.0.0.1:{host.Port}/metrics")), "unmonitored");
        Print($"mean rows of a run at 64 clients: {(after.Sum - before.Sum) / (after.Count - before.Count):0.0}");
        var shed = Unmonitored().Matches(page).Sum(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
        Print($"predictions that were not monitored: {shed:0}");
        return 0;
    }

    /// <summary>Until what is hot is compiled for good, on a busy machine too.</summary>
    private static async Task WarmUpAsync(InferenceHost host)
    {
        var infer = new Uri($"http://127.0.0.1:{host.GrpcPort}/inference.GRPCInferenceService/ModelInfer");
        foreach (var rows in new[] { 1, 64 })
        {
            var (binary, headers) = Binary(rows);
            await HttpLoad.RunAsync(host.Port, HttpLoad.Request(host.Port, $"/v2/models/{Demo}/infer", Json(rows)), 16, WarmUp);
            await HttpLoad.RunAsync(host.Port, HttpLoad.Request(host.Port, $"/v2/models/{Demo}/infer", binary, headers), 16, WarmUp);
            await HttpLoad.RunAsync(host.Port, HttpLoad.Request(host.Port, "/bare/1000", binary, headers), 16, WarmUp);
            await GrpcLoad.RunAsync(infer, GrpcLoad.Frame(InferMessage.Of(Demo, "X", rows, Features, Values(rows))), 16, WarmUp);
        }
    }

    private static async Task AgainstBareAsync(InferenceHost host, string title, byte[] request, byte[] body, int clients, params (string, string)[] headers)
    {
        var answer = await HttpLoad.OnceAsync(host.Port, request);
        var bare = HttpLoad.Request(host.Port, $"/bare/{answer.Length}", body, headers);
        await CompareAsync($"{title}, {body.Length} B in, {answer.Length} B out", ("bare", Run(bare)), ("infer", Run(request)));

        Func<Task<LoadResult>> Run(byte[] sent) => () => HttpLoad.RunAsync(host.Port, sent, clients, Round);
    }

    private static async Task GrpcAgainstBareAsync(InferenceHost host, int rows, int clients)
    {
        var infer = new Uri($"http://127.0.0.1:{host.GrpcPort}/inference.GRPCInferenceService/ModelInfer");
        var frame = GrpcLoad.Frame(InferMessage.Of(Demo, "X", rows, Features, Values(rows)));
        using var http = new HttpClient();
        var answer = await GrpcLoad.OnceAsync(http, infer, frame);
        var bare = new Uri($"http://127.0.0.1:{host.GrpcPort}/bare/{answer.Length}");
        await CompareAsync(
            $"gRPC, {rows} rows, {clients} clients, {frame.Length} B in, {answer.Length} B out",
            ("bare", () => GrpcLoad.RunAsync(bare, frame, clients, Round)), ("infer", () => GrpcLoad.RunAsync(infer, frame, clients, Round)));
    }

    private static Task CompareAsync(string title, int clients, int port, params (string Name, string Model)[] models) => CompareAsync(title, [.. models.Select(m =>
    {
        var request = HttpLoad.Request(port, $"/v2/models/{m.Model}/infer", Json(1));
        return (m.Name, (Func<Task<LoadResult>>)(() => HttpLoad.RunAsync(port, request, clients, Round)));
    })]);

    private static async Task CompareAsync(string title, params (string Name, Func<Task<LoadResult>> Run)[] work)
    {
        var results = work.Select(_ => new LoadResult[RoundsOfEach]).ToArray();
        foreach (var (_, run) in work) await run();
        for (var round = 0; round < RoundsOfEach; round++)
        {
            for (var i = 0; i < work.Length; i++) results[i][round] = await work[i].Run();
        }
        Print($"{title}");
        for (var i = 0; i < work.Length; i++)
        {
            var ratio = Rounds.Median([.. results[i].Zip(results[0], (r, first) => r.Rate / first.Rate)]);
            Print($"  {work[i].Name,-8} {MedianOf(i, r => r.Rate),10:0} req/s  x{ratio:0.00}   p50 {MedianOf(i, r => r.MedianMicros),7:0} us   p99 {MedianOf(i, r => r.SlowMicros),7:0} us");
        }

        double MedianOf(int i, Func<LoadResult, double> of) => Rounds.Median([.. results[i].Select(of)]);
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static float[] Values(int rows)
    {
        var random = new Random(rows);
        return [.. Enumerable.Range(0, rows * Features).Select(_ => MathF.Round((float)(1 + (random.NextDouble() * 500)), 2))];
    }

    private static byte[] Json(int rows) => Encoding.UTF8.GetBytes(
        $$"""{"id":"","inputs":[{"name":"X","shape":[{{rows}},{{Features}}],"datatype":"FP32","data":[{{string.Join(',', Values(rows).Select(v => v.ToString(CultureInfo.InvariantCulture)))}}]}]}""");

    private static (byte[] Body, (string, string)[] Headers) Binary(int rows)
    {
        byte[] bytes = [.. Values(rows).SelectMany(BitConverter.GetBytes)];
        var json = Encoding.UTF8.GetBytes(
            $$$"""{"inputs":[{"name":"X","shape":[{{{rows}}},{{{Features}}}],"datatype":"FP32","parameters":{"binary_data_size":{{{bytes.Length}}}}}],"parameters":{"binary_data_output":true}}""");
        return ([.. json, .. bytes], [("Inference-Header-Content-Length", json.Length.ToString(CultureInfo.InvariantCulture))]);
    }

    private static void Copy(string from, string to, string settings)
    {
        Directory.CreateDirectory(Path.Combine(to, "1"));
        File.Copy(Path.Combine(from, "1", "model.onnx"), Path.Combine(to, "1", "model.onnx"));
        File.WriteAllText(Path.Combine(to, "model.yaml"), File.ReadAllText(Path.Combine(from, "model.yaml")) + settings);
    }

    private static (double Sum, double Count) Batches(string page, string model)
    {
        return (Value("sum"), Value("count"));

        double Value(string part) => double.Parse(
            Regex.Match(page, $@"^fleetmonitor_inference_batch_size\w*_{part}\{{[^}}]*model=""{model}""[^}}]*\}} (\S+)", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^fleetmonitor_inference_unmonitored\w*\{.*\} (\S+)", RegexOptions.Multiline)]
    private static partial Regex Unmonitored();
}
