using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FleetMonitor.Client;

namespace FleetMonitor.Cli.Demo;

/// <summary>The demo's model that the server itself serves: payments are sent to it for an answer, and some seconds later what became of them. Nothing
/// where it is not served.</summary>
internal sealed class ServedDemo(HttpClient http, FleetMonitorClient client, TimeProvider time)
{
    public const string Model = "card-fraud";

    private const int RowsASecond = 10;
    private const int LabelDelaySeconds = 3;

    /// <summary>A server that has just started may not have read its repository yet.</summary>
    private const int LoadSeconds = 30;

    private const int Seed = 20_261_126;

    /// <summary>As the model was made: middle, spread of the logarithm, weight.</summary>
    private static readonly (double Middle, double Spread, double Weight)[] Features = [(48, 0.9, 1.2), (9, 1.1, 1.6), (700, 0.7, -1.1)];

    private static readonly Uri Infer = new($"v2/models/{Model}/infer", UriKind.Relative);

    private readonly Random _random = new(Seed);
    private readonly Queue<LabelEvent[]> _labels = new();
    private readonly string _run = client.Producer;

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        for (var second = 0; await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false); second++)
        {
            var (rows, labels) = Draw(string.Create(CultureInfo.InvariantCulture, $"{_run}-served-{second}"));
            try
            {
                using var answer = await http.PostAsync(Infer, rows, cancellation).ConfigureAwait(false);
                if (answer.StatusCode == HttpStatusCode.NotFound && second >= LoadSeconds) return;
                if (answer.IsSuccessStatusCode) _labels.Enqueue(labels);
                if (_labels.Count > LabelDelaySeconds) await client.LabelAsync(Model, _labels.Dequeue(), cancellation).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is HttpRequestException or FleetMonitorException)
            {
                // A server that is away is not waited for: the next second has payments of its own.
            }
        }
    }

    private (JsonContent Rows, LabelEvent[] Labels) Draw(string id)
    {
        var data = new double[RowsASecond * Features.Length];
        var labels = new LabelEvent[RowsASecond];
        for (var row = 0; row < RowsASecond; row++)
        {
            var odds = -1.2;
            for (var i = 0; i < Features.Length; i++)
            {
                var position = DemoFeature.Normal(_random);
                data[(row * Features.Length) + i] = Math.Max(0.01, Math.Round(Features[i].Middle * Math.Exp(Features[i].Spread * position), 2));
                odds += Features[i].Weight * position;
            }
            var label = _random.NextDouble() < 1 / (1 + Math.Exp(-odds)) ? "fraud" : "legit";
            labels[row] = new LabelEvent(string.Create(CultureInfo.InvariantCulture, $"{id}-{row}"), label);
        }
        var input = new { name = "X", shape = new[] { RowsASecond, Features.Length }, datatype = "FP32", data };
        return (JsonContent.Create(new { id, inputs = new[] { input } }, options: JsonSerializerOptions.Web), labels);
    }
}
