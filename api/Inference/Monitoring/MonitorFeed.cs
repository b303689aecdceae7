using FleetMonitor.Api.Ingest;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Tensors;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Api.Inference.Monitoring;

/// <summary>The inferences of one model version on their way to their monitor: gathered while the batch before them is handed over, left out where there is
/// no room.</summary>
/// <remarks>
/// Two pages: one is written by requests, the other read. A batch has an identity of its own, so handing it over again after a lost answer counts it once.
/// Thread-safe.
/// </remarks>
internal sealed partial class MonitorFeed
{
    /// <summary>Rows of one batch, from which on the next record begins another.</summary>
    private const int BatchRows = 4_096;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly ServedModel _model;
    private readonly PredictionMapping _mapping;
    private readonly ModelGateway _gateway;
    private readonly MonitoringMetrics _metrics;
    private readonly InferenceApiOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _producer;
    private readonly CancellationToken _hurry;
    private RecordPage _filled;
    private RecordPage _read;
    private Task _handOver = Task.CompletedTask;
    private bool _handsOver;
    private ulong _sequence;
    private bool _registered;

    /// <param name="producer">Tells this feed's batches from any other's.</param>
    /// <param name="hurry">Set when the process stops: nothing is waited for any more.</param>
    public MonitorFeed(
        ServedModel model, string producer, ModelGateway gateway, MonitoringMetrics metrics, InferenceApiOptions options, TimeProvider time, ILogger logger, CancellationToken hurry)
    {
        _model = model;
        _mapping = new PredictionMapping(model);
        _producer = producer;
        _gateway = gateway;
        _metrics = metrics;
        _options = options;
        _time = time;
        _logger = logger;
        _hurry = hurry;
        _filled = new RecordPage(options.MonitorBuffer);
        _read = new RecordPage(options.MonitorBuffer);
    }

    private string Monitor => _model.Settings.Monitor ?? _model.Name;

    public void Record(Inference inference)
    {
        if (_mapping.HasPrediction) Add(inference.Id, _mapping.Rows(inference), inference.Started, inference.Latency, _mapping.Choose(inference));
        else _metrics.Unmonitored(_model.Name, UnmonitoredReason.NoPrediction, 1);
    }

    /// <summary>An inference that the model failed on.</summary>
    public void RecordFailure(string id, long started, TimeSpan latency)
    {
        if (_mapping.HasPrediction) Add(id, 1, started, latency, []);
        else _metrics.Unmonitored(_model.Name, UnmonitoredReason.NoPrediction, 1);
    }

    /// <summary>Done when all that was recorded is handed over or given up.</summary>
    public Task DrainAsync()
    {
        lock (_gate) return _handOver;
    }

    private void Add(string id, int rows, long started, TimeSpan latency, ReadOnlySpan<Tensor> tensors)
    {
        bool added;
        lock (_gate)
        {
            added = _filled.TryAdd(id, rows, started, latency.TotalSeconds, tensors);
            if (added && !_handsOver)
            {
                _handsOver = true;
                _handOver = HandOverAsync();
            }
        }
        if (!added) _metrics.Unmonitored(_model.Name, UnmonitoredReason.Full, rows);
    }

    /// <summary>Hands over what is gathered until nothing is.</summary>
    private async Task HandOverAsync()
    {
        while (true)
        {
            await PauseAsync(_options.MonitorDelay);
            lock (_gate)
            {
                if (_filled.Length == 0)
                {
                    _handsOver = false;
                    return;
                }
                (_filled, _read) = (_read, _filled);
            }
            foreach (var batch in Batches()) await DeliverAsync(batch);
            _read.Clear();
        }
    }

    private List<PredictionBatch> Batches()
    {
        var batches = new List<PredictionBatch>();
        var rows = new PredictionBatchBuilder();
        var dropped = 0;
        var records = _read.Read();
        while (records.Next())
        {
            dropped += _mapping.Append(ref records, rows);
            if (rows.Count < BatchRows) continue;
            batches.Add(rows.Build());
            rows = new PredictionBatchBuilder();
        }
        if (rows.Count > 0) batches.Add(rows.Build());
        if (dropped > 0) _metrics.Unmonitored(_model.Name, UnmonitoredReason.NoPrediction, dropped);
        return batches;
    }

    private async Task DeliverAsync(PredictionBatch batch)
    {
        var since = _time.GetTimestamp();
        var identity = new BatchIdentity(_producer, ++_sequence);
        for (var retry = FirstRetry; ; retry = retry * 2 > LongestRetry ? LongestRetry : retry * 2)
        {
            try
            {
                await RegisterAsync();
                var applied = await _gateway.Apply(Monitor, LogEntryKind.Predictions, identity, batch.Buffer);
                _metrics.Monitored(_model.Name, applied.Accepted);
                if (applied.Rejected > 0) _metrics.Unmonitored(_model.Name, UnmonitoredReason.Refused, applied.Rejected);
                return;
            }
            catch (Exception exception) when (exception is ModelRetiredException or ModelCommandException)
            {
                _metrics.Unmonitored(_model.Name, UnmonitoredReason.Refused, batch.Count);
                LogRefused(Monitor, batch.Count, exception.Message);
                return;
            }
            catch (Exception exception) when (_hurry.IsCancellationRequested || _time.GetElapsedTime(since) + retry > _options.MonitorPatience)
            {
                _metrics.Unmonitored(_model.Name, UnmonitoredReason.Unreachable, batch.Count);
                LogGivenUp(Monitor, batch.Count, exception);
                return;
            }
            catch (Exception exception)
            {
                LogRetried(Monitor, exception.Message);
            }
            await PauseAsync(retry);
        }
    }

    /// <summary>Tells a monitor that knows nothing of the model what its outputs are, so that nothing has to be guessed from its first predictions.</summary>
    private async Task RegisterAsync()
    {
        if (_registered) return;
        try
        {
            await _gateway.Model(Monitor).Describe();
        }
        catch (ModelNotFoundException)
        {
            await _gateway.Model(Monitor).Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(_mapping.Spec), "the model repository"));
        }
        _registered = true;
    }

    /// <summary>Not at all once the process stops. It always yields: hand-overs begin under the lock.</summary>
    private async Task PauseAsync(TimeSpan time) =>
        await Task.Delay(time, _time, _hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);

    [LoggerMessage(LogLevel.Warning, "The monitor {Monitor} refused {Count} inferences: {Reason}")]
    private partial void LogRefused(string monitor, int count, string reason);

    [LoggerMessage(LogLevel.Debug, "The monitor {Monitor} cannot be reached and is tried again: {Reason}")]
    private partial void LogRetried(string monitor, string reason);

    [LoggerMessage(LogLevel.Warning, "The monitor {Monitor} could not be reached; {Count} inferences are not monitored")]
    private partial void LogGivenUp(string monitor, int count, Exception exception);
}
