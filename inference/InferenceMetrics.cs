using System.Diagnostics.Metrics;

namespace FleetMonitor.Inference;

/// <summary>How inferences went: meter <c>FleetMonitor.Inference</c>, by model. As many series as the repository has models, whatever clients ask
/// for.</summary>
public sealed class InferenceMetrics
{
    public const string MeterName = "FleetMonitor.Inference";

    private static readonly double[] Seconds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Histogram<double> _duration, _queue;
    private readonly Histogram<long> _batch;

    public InferenceMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        var buckets = new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds };
        _duration = meter.CreateHistogram("fleetmonitor.inference.duration", "s", "Time from a request's arrival in the engine to its answer, by model and outcome.", advice: buckets);
        _queue = meter.CreateHistogram("fleetmonitor.inference.queue.duration", "s", "Time that a request waited for its run, by model.", advice: buckets);
        _batch = meter.CreateHistogram("fleetmonitor.inference.batch.size", "{row}", "Rows of a run, over all requests in it, by model.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024] });
    }

    internal void Ran(string model, int rows) => _batch.Record(rows, new KeyValuePair<string, object?>("model", model));

    internal void Waited(string model, TimeSpan time) => _queue.Record(time.TotalSeconds, new KeyValuePair<string, object?>("model", model));

    internal void Answered(string model, string outcome, TimeSpan time) =>
        _duration.Record(time.TotalSeconds, new KeyValuePair<string, object?>("model", model), new KeyValuePair<string, object?>("outcome", outcome));
}
