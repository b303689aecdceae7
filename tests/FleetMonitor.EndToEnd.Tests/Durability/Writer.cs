using System.Net;
using System.Text.Json;

namespace FleetMonitor.EndToEnd.Tests.Durability;

/// <summary>A client that keeps sending to every model, several batches at a time, and repeats under the same number what was not answered, until it is.</summary>
/// <param name="repeater">Whether who is between repeats by itself what a silo that goes has not answered: then the first answer may say that all of it was counted before.</param>
internal sealed class Writer(string name, HttpClient http, Ledger ledger, DateTimeOffset start, bool repeater = false)
{
    /// <summary>Batches of this writer that are under way at a time.</summary>
    private const int Lanes = 3;

    /// <summary>How far a producer may run ahead of its oldest batch under way: of one further behind, a model can no longer tell whether it has it.</summary>
    private const int Ahead = 63;

    private readonly Lock _gate = new();
    private readonly SortedSet<int> _underWay = [];
    private int _batch;
    private int _sequence;

    /// <summary>Sends until <paramref name="stop"/>; what is not answered by then it gives up.</summary>
    public Task RunAsync(CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(() => SendAsync(stop), CancellationToken.None)));

    /// <summary>Sends a batch once. Null when there was no answer, or one that says to try again.</summary>
    public static async Task<JsonElement?> TryAsync(HttpClient http, Batch batch, bool identified, CancellationToken stop)
    {
        try
        {
            using var request = batch.Request(identified);
            using var response = await http.SendAsync(request, stop);
            var body = await response.Content.ReadAsStringAsync(stop);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable) return null;
            var sent = $"{batch.Producer} {batch.Sequence} to {batch.Model}/{batch.Kind}";
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{sent}: {(int)response.StatusCode} {body}");
            using var answer = JsonDocument.Parse(body);
            return answer.RootElement.Clone();
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return null;
        }
    }

    private async Task SendAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var batch = Interlocked.Increment(ref _batch);
                var model = LoadModel.All[batch % LoadModel.All.Count];
                // Labels come in either order: mostly after their predictions, sometimes before.
                var early = batch % 5 == 0;
                if (model.Identified && early) await DeliverAsync(model.Labels(name, batch, await NumberAsync(stop), start), stop);
                await DeliverAsync(model.Predictions(name, batch, await NumberAsync(stop), start), stop);
                if (model.Identified && !early) await DeliverAsync(model.Labels(name, batch, await NumberAsync(stop), start), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What it was sending stays unanswered.
        }
    }

    private async Task<int> NumberAsync(CancellationToken stop)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_underWay.Count == 0 || _sequence - _underWay.Min < Ahead)
                {
                    _underWay.Add(++_sequence);
                    return _sequence;
                }
            }
            await Wait.BeforeRetryAsync(stop);
        }
    }

    private async Task DeliverAsync(Batch batch, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        ledger.Sent(batch);
        for (var attempt = 1; ; attempt++)
        {
            if (await TryAsync(http, batch, identified: true, stop) is { } answer)
            {
                var accepted = answer.GetProperty("accepted").GetInt32();
                // Whole, or, when an earlier attempt was applied and only its answer was lost, not at all.
                var whole = accepted == batch.Rows || (accepted == 0 && (attempt > 1 || repeater));
                Assert.True(whole, $"attempt {attempt} of {batch.Rows} {batch.Kind} to {batch.Model}: {answer}");
                Assert.True(answer.GetProperty("rejected").GetInt32() == 0, answer.ToString());
                ledger.Answered(batch);
                lock (_gate) _underWay.Remove(batch.Sequence);
                return;
            }
            await Wait.BeforeRetryAsync(stop);
        }
    }
}
