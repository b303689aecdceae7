using System.Diagnostics;
using System.Net;
using System.Text;

namespace FleetMonitor.Testing.Hostile;

/// <summary>One who does everything right while others do not: a batch every tenth of a second, under numbers, sent again as it is asked to.</summary>
internal sealed class PoliteClient(HttpClient http)
{
    public const string Model = "hostile-polite";

    private const int Batch = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly List<double> _seconds = [];

    /// <summary>Predictions that were acknowledged.</summary>
    public int Sent { get; private set; }

    public int Retries { get; private set; }

    /// <summary>What it was told instead of 200, 429 or 503.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>How long a batch took to be acknowledged, retries included, in seconds, the longest last.</summary>
    public IReadOnlyList<double> Seconds => [.. _seconds.Order()];

    public async Task RunAsync(CancellationToken stop)
    {
        for (var sequence = 1L; !stop.IsCancellationRequested; sequence++)
        {
            var started = Stopwatch.GetTimestamp();
            if (await SendAsync(sequence)) Sent += Batch;
            _seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            await Task.Delay(Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> SendAsync(long sequence)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/models/{Model}/predictions");
            request.Headers.Add("Fleet-Producer", "polite");
            request.Headers.Add("Fleet-Sequence", sequence.ToString(System.Globalization.CultureInfo.InvariantCulture));
            var items = Enumerable.Range(0, Batch).Select(i => $$"""{"id":"{{sequence}}-{{i}}","features":{"amount":{{i}} },"prediction":"{{i % 2}}"}""");
            request.Content = new StringContent($"[{string.Join(',', items)}]", Encoding.UTF8, "application/json");
            try
            {
                using var response = await http.SendAsync(request);
                if (response.StatusCode == HttpStatusCode.OK) return true;
                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || response.Headers.RetryAfter is null)
                {
                    Faults.Add($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                    return false;
                }
                Retries++;
                await Task.Delay(response.Headers.RetryAfter.Delta ?? Pause);
            }
            catch (HttpRequestException exception)
            {
                Retries++;
                Faults.Add(exception.Message);
            }
        }
        Faults.Add($"batch {sequence} was never taken");
        return false;
    }
}
