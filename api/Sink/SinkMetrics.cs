using System.Diagnostics.Metrics;
using FleetMonitor.Api.Ingest;

namespace FleetMonitor.Api.Sink;

/// <summary>What becomes of an event of the sink. Each has one outcome in the end.</summary>
internal enum SinkOutcome
{
    /// <summary>Its prediction or label reached the model, which has said what it makes of it.</summary>
    Recorded,

    /// <summary>Not an event, or not a payload: refused with 400.</summary>
    Malformed,

    /// <summary>An event of another type, or of a component that predicts nothing.</summary>
    Ignored,

    /// <summary>The same half of the same inference was here before.</summary>
    Duplicate,

    /// <summary>Its other half did not come in time.</summary>
    Expired,

    /// <summary>No room: left out so that the others are taken.</summary>
    Shed,

    /// <summary>Its halves say no prediction that could be read, or its model does not take any.</summary>
    Rejected,

    /// <summary>Its model could not be reached.</summary>
    Failed,
}

/// <summary>Counts events by outcome, and what waits.</summary>
internal sealed class SinkMetrics
{
    private static readonly KeyValuePair<string, object?>[] Outcomes =
        [.. Enum.GetValues<SinkOutcome>().Select(outcome => new KeyValuePair<string, object?>("outcome", outcome.ToString().ToLowerInvariant()))];

    private readonly Counter<long> _events;

    public SinkMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(IngestMetrics.MeterName);
        _events = meter.CreateCounter<long>("fleetmonitor.sink.events", "{event}", "Events of inference loggers, by what became of them.");
        meter.CreateObservableGauge("fleetmonitor.sink.waiting", () => Waiting(), "{event}", "Halves of inferences that wait for the other half.");
        meter.CreateObservableGauge("fleetmonitor.sink.queued", () => Queued(), "{inference}", "Inferences and labels on their way to their models.");
        // A series that appears only with its first event hides it from a rate.
        foreach (var outcome in Outcomes) _events.Add(0, outcome);
    }

    public Func<int> Waiting { get; set; } = () => 0;

    public Func<int> Queued { get; set; } = () => 0;

    public void Count(SinkOutcome outcome, long events = 1) => _events.Add(events, Outcomes[(int)outcome]);
}
