using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using FleetMonitor.Testing;

namespace FleetMonitor.Benchmarks;

/// <summary>A fleet of binary models with 20 numeric features: what is sent to each, and whether it was counted.</summary>
/// <param name="http">Of a silo or a gateway.</param>
/// <param name="models">How many.</param>
/// <param name="rows">Predictions a model.</param>
internal sealed class BenchFleet(HttpClient http, int models, int rows)
{
    private const int Features = 20;
    private static readonly ParallelOptions Clients = new() { MaxDegreeOfParallelism = 32 };

    /// <summary>What each model's owner says of it, in JSON.</summary>
    public static string Spec { get; } = $$"""{"task":"binary","positive":"1","reference":{"capture":100},"features":[{{string.Join(',', Enumerable.Range(0, Features).Select(Feature))}}]}""";

    /// <summary>Sends each model its predictions in one batch, by which it is registered.</summary>
    /// <param name="spread">Time up to now over which they are spread; null: they say none.</param>
    public Task SendAsync(TimeSpan? spread = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        return Parallel.ForAsync(0, models, Clients, async (model, cancellation) =>
        {
            var batch = Batch(model, now, spread);
            await UntilTakenAsync(() => http.PostAsync(new Uri($"v1/models/{Name(model)}/predictions", UriKind.Relative), new StringContent(batch, Encoding.UTF8, "application/x-ndjson"), cancellation));
        });
    }

    /// <summary>Describes each model, with a reference of its first 100 predictions.</summary>
    public Task RegisterAsync() => Parallel.ForAsync(0, models, Clients, async (model, cancellation) =>
        await UntilTakenAsync(() => http.PutAsync(new Uri($"v1/models/{Name(model)}", UriKind.Relative), new StringContent(Spec, Encoding.UTF8, "application/json"), cancellation)));

    /// <summary>Models whose count is not what was sent.</summary>
    public async Task<long> MiscountedAsync()
    {
        var wrong = 0L;
        await Parallel.ForAsync(0, models, Clients, async (model, cancellation) =>
        {
            using var description = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri($"v1/models/{Name(model)}", UriKind.Relative), cancellation));
            if (description.RootElement.GetProperty("counters").GetProperty("predictions").GetInt64() != rows) Interlocked.Increment(ref wrong);
        });
        return wrong;
    }

    /// <summary>Models that live on a silo, as its metrics say.</summary>
    public static async Task<long> HostedAsync(HttpClient silo) =>
        (long)MetricsPage.ValueOf((await silo.GetMetricsAsync()).Samples.First(line => line.StartsWith("fleetmonitor_models_hosted", StringComparison.Ordinal)));

    /// <summary>Repeats what the server has no room for yet, such as more new models than it takes a second.</summary>
    private static async Task UntilTakenAsync(Func<Task<HttpResponseMessage>> send)
    {
        while (true)
        {
            using var answer = await send();
            if (answer.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
            {
                answer.EnsureSuccessStatusCode();
                return;
            }
            await Task.Delay(100);
        }
    }

    private static string Feature(int feature) => string.Create(CultureInfo.InvariantCulture, $$"""{"name":"f{{feature}}","kind":"numeric"}""");

    public static string Name(int model) => string.Create(CultureInfo.InvariantCulture, $"fleet-{model:00000}");

    private string Batch(int model, DateTimeOffset now, TimeSpan? spread)
    {
        var random = new Random(model);
        var text = new StringBuilder();
        for (var row = 0; row < rows; row++)
        {
            text.Append("{\"features\":{");
            for (var feature = 0; feature < Features; feature++) text.Append(CultureInfo.InvariantCulture, $"{(feature == 0 ? "" : ",")}\"f{feature}\":{random.NextDouble():0.0000}");
            text.Append(CultureInfo.InvariantCulture, $"}},\"prediction\":\"{random.Next(2)}\",\"score\":{random.NextDouble():0.000}");
            if (spread is { } past) text.Append(CultureInfo.InvariantCulture, $",\"time\":\"{now - (past * (1 - ((double)row / rows))):O}\"");
            text.Append("}\n");
        }
        return text.ToString();
    }
}
