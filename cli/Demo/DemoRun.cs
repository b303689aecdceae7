using System.Globalization;
using System.Text.Json;
using FleetMonitor.Client;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Demo;

/// <summary>Plays the simulated fleet against a server, through its public HTTP API only, until it is cancelled.</summary>
/// <remarks>
/// For each model: spec, reference, the last hour of healthy traffic with its labels, then live traffic, a batch of predictions and one of labels a second.
/// </remarks>
internal sealed class DemoRun(FleetMonitorClient client, TimeProvider time, TextWriter output)
{
    private const int ReferenceRows = 5_000;
    private const int BatchRows = 1_000;
    private const int Seed = 20_261_122;

    /// <summary>Predictions a second in the hour before the start.</summary>
    private const int PastRate = 2;

    private static readonly TimeSpan Past = TimeSpan.FromHours(1);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>After a pause (a server that was away, a laptop that slept) no more than this is caught up.</summary>
    private static readonly TimeSpan MaxCatchUp = TimeSpan.FromSeconds(30);

    private readonly Lock _lines = new();
    private readonly Lock _gate = new();
    private Task _ready = Task.CompletedTask;

    public async Task RunAsync(CancellationToken cancellation)
    {
        await ReadyAsync(cancellation).ConfigureAwait(false);
        var start = time.GetUtcNow();
        var models = DemoFleet.Models;
        Say(string.Create(CultureInfo.InvariantCulture, $"{models.Count} models: uploading references of {ReferenceRows} rows and the last hour of traffic"));
        var traffic = await Task.WhenAll(models.Select((model, i) => PrepareAsync(model, Seed + i, start, cancellation))).ConfigureAwait(false);
        var troubled = models.Count(m => m.Trouble is not null);
        Say($"live: about {models.Sum(m => m.Rate)} predictions a second, labels 3 to 15 seconds later; {troubled} models will get into trouble");
        await Task.WhenAll(models.Select((model, i) => LiveAsync(model, traffic[i], start, cancellation))).ConfigureAwait(false);
    }

    /// <summary>Waits until the server takes batches; all models wait together.</summary>
    private Task ReadyAsync(CancellationToken cancellation)
    {
        lock (_gate) return _ready.IsCompleted ? _ready = WaitAsync() : _ready;

        async Task WaitAsync()
        {
            if (await client.IsReadyAsync(cancellation).ConfigureAwait(false)) return;
            Say("waiting for the server");
            do await Task.Delay(TimeSpan.FromMilliseconds(300), time, cancellation).ConfigureAwait(false);
            while (!await client.IsReadyAsync(cancellation).ConfigureAwait(false));
            Say("the server is ready");
        }
    }

    private async Task<DemoTraffic> PrepareAsync(DemoModel model, int seed, DateTimeOffset start, CancellationToken cancellation)
    {
        var traffic = new DemoTraffic(model, client.Producer, seed);
        var from = await NewestAsync(model, cancellation).ConfigureAwait(false) is { } newest && newest > start - Past ? newest : start - Past;
        await client.PutSpecAsync(model.Name, SpecJson.Write(model.Spec), cancellation).ConfigureAwait(false);
        using var lines = new NdjsonWriter();
        foreach (var row in traffic.Reference(ReferenceRows)) lines.Write(row);
        await client.PutReferenceAsync(model.Name, lines.Written, cancellation: cancellation).ConfigureAwait(false);

        foreach (var batch in Times(from, start, PastRate).Chunk(BatchRows))
        {
            await client.RecordAsync(model.Name, batch.Select(at => traffic.Predict(at, troubled: false)), cancellation).ConfigureAwait(false);
            await SendLabelsAsync(model, traffic, start, cancellation).ConfigureAwait(false);
        }
        return traffic;
    }

    /// <summary>The newest prediction that the server has of an earlier run, so that no minute is filled twice.</summary>
    private async Task<DateTimeOffset?> NewestAsync(DemoModel model, CancellationToken cancellation)
    {
        try
        {
            var description = await client.GetAsync(model.Name, "", cancellation).ConfigureAwait(false);
            return description.TryGetProperty("last_prediction", out var last) && last.ValueKind == JsonValueKind.String ? last.GetDateTimeOffset() : null;
        }
        catch (FleetMonitorException exception) when (exception.Status == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task LiveAsync(DemoModel model, DemoTraffic traffic, DateTimeOffset start, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var sent = start;
        var told = model.Trouble is null;
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            var now = time.GetUtcNow();
            if (now - sent > MaxCatchUp) sent = now - MaxCatchUp;
            var troubleFrom = model.Trouble is { } trouble ? start + trouble.After : DateTimeOffset.MaxValue;
            if (!told && now >= troubleFrom)
            {
                told = true;
                Say($"{model.Name}: {model.Trouble!.Story}");
            }
            var predictions = Times(sent, now, model.Rate).Select(at => traffic.Predict(at, troubled: at >= troubleFrom)).ToArray();
            sent = now;
            await DeliverAsync(model, traffic, predictions, now, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Sends a second's events. A server that goes away is waited for; what could not be sent is lost, as from a program that keeps nothing.</summary>
    private async Task DeliverAsync(DemoModel model, DemoTraffic traffic, PredictionEvent[] predictions, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            if (predictions.Length > 0) await client.RecordAsync(model.Name, predictions, cancellation).ConfigureAwait(false);
            await SendLabelsAsync(model, traffic, now, cancellation).ConfigureAwait(false);
        }
        catch (FleetMonitorException exception) when (exception.Status is null or >= System.Net.HttpStatusCode.InternalServerError)
        {
            await ReadyAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task SendLabelsAsync(DemoModel model, DemoTraffic traffic, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var labels in traffic.DueLabels(now).Chunk(BatchRows)) await client.LabelAsync(model.Name, labels, cancellation).ConfigureAwait(false);
    }

    private static IEnumerable<DateTimeOffset> Times(DateTimeOffset from, DateTimeOffset to, int perSecond)
    {
        var step = TimeSpan.FromSeconds(1.0 / perSecond);
        for (var at = from; at < to; at += step) yield return at;
    }

    private void Say(string line)
    {
        lock (_lines) output.WriteLine($"{time.GetUtcNow():HH:mm:ss}  {line}");
    }
}
