using System.Globalization;
using System.Text;

namespace FleetMonitor.Observability.Tests.Live;

/// <summary>A program that serves one model: predictions and their labels, batch after batch, until it is disposed; clean, or of a world that has changed.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    public const string Model = "card-fraud";
    private const int Rows = 100;

    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Random _random = new(11);
    private Task _sending = Task.CompletedTask;
    private int _batch;

    public Traffic(HttpClient http) => _http = http;

    /// <summary>Amounts ten times as high, an unseen country, and every second answer wrong.</summary>
    public bool Drifting { get; set; }

    /// <summary>Registers the model with its reference and begins to send.</summary>
    public async Task StartAsync()
    {
        // Two minutes, the shortest window that always holds a whole one; nothing else of the model differs from a real one.
        await _http.PutAsync($"v1/models/{Model}", """
            {"task":"binary","positive":"1","version":"1","team":"growth","family":"payments","tier":"1","windows":["2m"],"headline_window":"2m","min_samples":50,"label_delay":"1m",
             "reference":{"capture":0},"features":[{"name":"amount","kind":"numeric"},{"name":"country","kind":"categorical"}]}
            """);
        var (rows, _) = Batch("reference", 2_000, drifting: false);
        await _http.PutAsync($"v1/models/{Model}/reference", rows, "application/x-ndjson");
        _sending = SendAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sending;
        _stopping.Dispose();
    }

    private async Task SendAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var (predictions, labels) = Batch(string.Create(CultureInfo.InvariantCulture, $"b{_batch++}"), Rows, Drifting);
            try
            {
                await _http.PostAsync($"v1/models/{Model}/predictions", predictions, "application/x-ndjson");
                await _http.PostAsync($"v1/models/{Model}/labels", labels, "application/x-ndjson");
                await Wait.BeforeRetryAsync(_stopping.Token);
            }
            catch (HttpRequestException)
            {
                // The service was killed: that is one of the tests.
                return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private (string Predictions, string Labels) Batch(string name, int rows, bool drifting)
    {
        StringBuilder predictions = new(), labels = new();
        for (var row = 0; row < rows; row++)
        {
            var amount = _random.NextDouble() * (drifting ? 1_000 : 100);
            var country = drifting && _random.Next(2) == 0 ? "XX" : _random.Next(2) == 0 ? "DE" : "FR";
            var positive = _random.Next(3) == 0;
            var wrong = _random.Next(100) < (drifting ? 50 : 3);
            predictions.Append(CultureInfo.InvariantCulture,
                $"{{\"id\":\"{name}-{row}\",\"prediction\":\"{(positive ? 1 : 0)}\",\"score\":{(positive ? 0.93 : 0.04)},\"latency_ms\":{2 + _random.Next(5)},\"features\":{{\"amount\":{amount:0.00},\"country\":\"{country}\"}}}}\n");
            labels.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"{name}-{row}\",\"label\":\"{(positive ^ wrong ? 1 : 0)}\"}}\n");
        }
        return (predictions.ToString(), labels.ToString());
    }
}
