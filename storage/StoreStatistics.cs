using System.Diagnostics.Metrics;

namespace FleetMonitor.Storage;

/// <summary>The store's instruments, meter <c>FleetMonitor.Storage</c>. No labels: one store a process, and never a model's name.</summary>
internal sealed class StoreStatistics : IDisposable
{
    public const string MeterName = "FleetMonitor.Storage";

    private readonly Meter _meter;
    private readonly Counter<long> _appends, _bytes, _checkpoints, _checkpointBytes;
    private readonly Histogram<double> _commit;
    private long _failures, _fenced, _checkpointFailures;

    public StoreStatistics(IMeterFactory? factory, Func<long> queueBytes, Func<bool> ready)
    {
        _meter = factory?.Create(new MeterOptions(MeterName)) ?? new Meter(MeterName);
        _appends = _meter.CreateCounter<long>("fleetmonitor.log.appends", "{record}", "Records made durable.");
        _bytes = _meter.CreateCounter<long>("fleetmonitor.log.bytes", "By", "Bytes of the bodies of records made durable.");
        // Counted by hand and observed, so that they are 0 from the start: a series that appears with its first failure hides it from a rate.
        _meter.CreateObservableCounter("fleetmonitor.log.failures", () => Interlocked.Read(ref _failures), "{record}", "Records that could not be written.");
        _meter.CreateObservableCounter("fleetmonitor.log.fenced", () => Interlocked.Read(ref _fenced), "{record}", "Records refused because a newer activation owns the model.");
        _commit = _meter.CreateHistogram("fleetmonitor.log.commit.duration", "s", "Time of a transaction that made records durable.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] });
        _checkpoints = _meter.CreateCounter<long>("fleetmonitor.checkpoint.saved", "{checkpoint}", "Checkpoints saved.");
        _checkpointBytes = _meter.CreateCounter<long>("fleetmonitor.checkpoint.bytes", "By", "Bytes of checkpoints saved.");
        _meter.CreateObservableCounter("fleetmonitor.checkpoint.failures", () => Interlocked.Read(ref _checkpointFailures), "{checkpoint}", "Checkpoints that could not be saved.");
        _meter.CreateObservableGauge("fleetmonitor.log.queue.bytes", queueBytes, "By", "Bytes of records that wait for their transaction.");
        _meter.CreateObservableGauge("fleetmonitor.storage.ready", () => ready() ? 1 : 0, null, "1 while the store can keep a batch.");
    }

    public void Appended(long records, long bytes, double seconds)
    {
        _appends.Add(records);
        _bytes.Add(bytes);
        _commit.Record(seconds);
    }

    public void Failed(long records) => Interlocked.Add(ref _failures, records);

    public void Fenced(long records) => Interlocked.Add(ref _fenced, records);

    public void CheckpointSaved(long bytes)
    {
        _checkpoints.Add(1);
        _checkpointBytes.Add(bytes);
    }

    public void CheckpointFailed() => Interlocked.Increment(ref _checkpointFailures);

    public void Dispose() => _meter.Dispose();
}
