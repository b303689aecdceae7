using System.Diagnostics.Metrics;
using FleetMonitor.Api.Ingest;

namespace FleetMonitor.Api.Bounds;

/// <summary>How often each bound turned a request away.</summary>
internal sealed class BoundMetrics
{
    private readonly Counter<long> _exceeded;

    public BoundMetrics(IMeterFactory meters)
    {
        _exceeded = meters.Create(IngestMetrics.MeterName).CreateCounter<long>("fleetmonitor.bound.exceeded", "{request}", "Requests that were beyond a bound, by its name.");
        // So that each is seen to rise from 0.
        foreach (var bound in Bound.Names) Exceeded(bound, 0);
    }

    public void Exceeded(string bound, int count = 1) => _exceeded.Add(count, new KeyValuePair<string, object?>(Bound.Member, bound));
}
