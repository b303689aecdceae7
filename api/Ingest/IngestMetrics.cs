using System.Diagnostics.Metrics;
using FleetMonitor.Core.Ingest;

namespace FleetMonitor.Api.Ingest;

/// <summary>What came in, over all models: meter <c>FleetMonitor.Api</c>. Never a model's name: those are the models' own series.</summary>
internal sealed class IngestMetrics
{
    public const string MeterName = "FleetMonitor.Api";

    private static readonly KeyValuePair<string, object?>
        Accepted = new("outcome", "accepted"), Duplicate = new("outcome", "duplicate"), TooLate = new("outcome", "too_late"), Rejected = new("outcome", "rejected");

    private readonly Counter<long> _predictions, _labels, _batches, _bytes;
    private readonly Histogram<double> _duration;

    public IngestMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _predictions = meter.CreateCounter<long>("fleetmonitor.ingest.predictions", "{prediction}", "Predictions received, by what became of them.");
        _labels = meter.CreateCounter<long>("fleetmonitor.ingest.labels", "{label}", "True labels received, by what became of them.");
        _batches = meter.CreateCounter<long>("fleetmonitor.ingest.batches", "{batch}", "Batches that a model has answered for, by kind.");
        _bytes = meter.CreateCounter<long>("fleetmonitor.ingest.bytes", "By", "Bytes of bodies received, after decompression, by kind.");
        _duration = meter.CreateHistogram("fleetmonitor.ingest.duration", "s", "Time from a body's first byte to the model's acknowledgement, by kind.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
    }

    public void Received(string kind, long bytes) => _bytes.Add(bytes, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>Every outcome is counted, if with 0: a series that appears only with its first rejection hides it from a rate.</summary>
    /// <param name="rejected">By the decoder, before the model saw them.</param>
    public void Answered(LogEntryKind kind, ApplyResult applied, int rejected)
    {
        var items = kind == LogEntryKind.Predictions ? _predictions : _labels;
        // A label that says what is known already is among those accepted.
        items.Add(kind == LogEntryKind.Predictions ? applied.Accepted : applied.Joined + applied.Pending + applied.Corrected, Accepted);
        items.Add(applied.Duplicates, Duplicate);
        if (kind == LogEntryKind.Predictions) items.Add(applied.TooLate, TooLate);
        items.Add(applied.Rejected + rejected, Rejected);
    }

    public void Acknowledged(string kind, TimeSpan elapsed)
    {
        var tag = new KeyValuePair<string, object?>("kind", kind);
        _batches.Add(1, tag);
        _duration.Record(elapsed.TotalSeconds, tag);
    }
}
