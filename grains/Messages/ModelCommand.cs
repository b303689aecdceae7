using FleetMonitor.Core.Ingest;

namespace FleetMonitor.Grains.Messages;

/// <summary>An input of a model on its way to the grain, which stamps its arrival and logs it.</summary>
/// <param name="Kind">What it asks.</param>
/// <param name="Producer">Who sent it; null when a repetition need not be told from a new one.</param>
/// <param name="Sequence">The producer's number for it.</param>
/// <param name="Body">One immutable buffer in core's codec: owned by the grain from now on.</param>
/// <param name="By">Who asks for it, for the log's audit lines: the name of a token, never the token; null where nobody says.</param>
[GenerateSerializer, Immutable, Alias("fleetmonitor.command")]
public sealed record ModelCommand(
    [property: Id(0)] LogEntryKind Kind,
    [property: Id(1)] string? Producer,
    [property: Id(2)] ulong Sequence,
    [property: Id(3)] ReadOnlyMemory<byte> Body,
    [property: Id(4)] string? By = null);
