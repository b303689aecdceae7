using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Inference;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Inference.Monitoring;

/// <summary>Hands every inference to its model's monitor, off the request's path. What it cannot take is counted; inference never waits for it.</summary>
/// <remarks>When the process stops, what was taken is handed over first: requests are answered by then, and the silo still runs.</remarks>
internal sealed class InferenceMonitor(ModelGateway gateway, MonitoringMetrics metrics, IOptions<InferenceApiOptions> options, TimeProvider time, ILogger<InferenceMonitor> logger)
    : IHostedService, IDisposable
{
    private readonly ConcurrentDictionary<ServedModel, MonitorFeed> _feeds = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly string _process = $"inference-{RandomNumberGenerator.GetHexString(24, lowercase: true)}";
    private int _made;

    public void Record(Inference inference)
    {
        if (options.Value.Monitor && inference.Model.Settings.Monitored) Feed(inference.Model).Record(inference);
    }

    public void RecordFailure(ServedModel model, string id, long started, TimeSpan latency)
    {
        if (options.Value.Monitor && model.Settings.Monitored) Feed(model).RecordFailure(id, started, latency);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _hurry.CancelAsync();
        await Task.WhenAll(_feeds.Values.Select(feed => feed.DrainAsync())).WaitAsync(cancellationToken);
    }

    public void Dispose() => _hurry.Dispose();

    private MonitorFeed Feed(ServedModel model) => _feeds.TryGetValue(model, out var feed) ? feed : _feeds.GetOrAdd(model, Make);

    private MonitorFeed Make(ServedModel model)
    {
        // Those of versions that are gone have nothing left to do.
        foreach (var (old, feed) in _feeds)
        {
            if (old.IsStopped && feed.DrainAsync().IsCompleted) _feeds.TryRemove(old, out _);
        }
        return new MonitorFeed(model, string.Create(CultureInfo.InvariantCulture, $"{_process}-{Interlocked.Increment(ref _made)}"), gateway, metrics, options.Value, time, logger, _hurry.Token);
    }
}
