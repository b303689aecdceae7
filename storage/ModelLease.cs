namespace FleetMonitor.Storage;

/// <summary>The right to write one model's log, until somebody opens the model again.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="ModelId">Never reused, also not by a model of the same name that follows a deleted one.</param>
/// <param name="Epoch">Rises with every lease given out, over all models: none is given twice, and of two leases of a name the newer has the higher.</param>
/// <param name="CheckpointSequence">The last sequence that <paramref name="Checkpoint"/> covers; 0 without one.</param>
/// <param name="Checkpoint">The newest checkpoint, or none. Not needed once it is loaded: <see cref="WithoutCheckpoint"/>.</param>
public sealed record ModelLease(string Name, long ModelId, long Epoch, long CheckpointSequence, ReadOnlyMemory<byte>? Checkpoint)
{
    /// <summary>The same lease for keeping: a lease lives as long as its activation, a checkpoint's bytes should not.</summary>
    public ModelLease WithoutCheckpoint() => this with { Checkpoint = null };
}

/// <summary>One record of a model's log.</summary>
public readonly record struct LogRecord(long Sequence, ReadOnlyMemory<byte> Body);
