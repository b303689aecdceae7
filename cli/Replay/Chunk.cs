using FleetMonitor.Core.Batches;

namespace FleetMonitor.Cli.Replay;

/// <summary>Rows of a batch: some of them, or all where <paramref name="Kept"/> is null.</summary>
internal readonly record struct BatchRows(PredictionBatch Batch, int[]? Kept)
{
    public int Count => Kept?.Length ?? Batch.Count;
}

/// <summary>A chunk of the file, complete: its rows, and the event times it spans (Unix microseconds).</summary>
/// <param name="Start">Start of the window; of a chunk of rows the earliest time in it, null without times.</param>
/// <param name="End">End of the window, exclusive; of a chunk of rows the latest time in it.</param>
internal sealed record Chunk(IReadOnlyList<BatchRows> Rows, long? Start, long? End)
{
    public int Count => Rows.Sum(r => r.Count);
}
