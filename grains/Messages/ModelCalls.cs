using FleetMonitor.Core.Ingest;

namespace FleetMonitor.Grains.Messages;

/// <summary>A command and whose it is: several travel to one silo together.</summary>
[GenerateSerializer, Immutable, Alias("fleetmonitor.call")]
public sealed record ModelCall([property: Id(0)] string Model, [property: Id(1)] ModelCommand Command);

/// <summary>What became of one call.</summary>
/// <param name="Result">Null when it failed.</param>
/// <param name="Failure">What the model threw; null when it did not.</param>
[GenerateSerializer, Immutable, Alias("fleetmonitor.outcome")]
public sealed record ModelOutcome([property: Id(0)] ApplyResult? Result, [property: Id(1)] Exception? Failure);
