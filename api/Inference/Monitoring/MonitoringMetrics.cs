using System.Diagnostics.Metrics;
using FleetMonitor.Inference;

namespace FleetMonitor.Api.Inference.Monitoring;

/// <summary>What monitoring inferences takes and leaves out.</summary>
internal sealed class MonitoringMetrics
{
    private readonly Counter<long> _unmonitored, _monitored;

    public MonitoringMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(InferenceMetrics.MeterName);
        _monitored = meter.CreateCounter<long>("fleetmonitor.inference.monitored", "{prediction}", "Predictions of inferences that their monitor has taken, by model.");
        _unmonitored = meter.CreateCounter<long>("fleetmonitor.inference.unmonitored", "{prediction}", "Predictions of inferences that are not monitored, by model and reason.");
    }

    public void Monitored(string model, int predictions) => _monitored.Add(predictions, new KeyValuePair<string, object?>("model", model));

    public void Unmonitored(string model, string reason, int predictions) =>
        _unmonitored.Add(predictions, new KeyValuePair<string, object?>("model", model), new KeyValuePair<string, object?>("reason", reason));
}
