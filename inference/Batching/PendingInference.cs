using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Batching;

/// <summary>A request in the queue of its model. Its inputs are read until the task is done, and not a moment longer.</summary>
internal sealed class PendingInference(IReadOnlyList<Tensor> inputs, int rows, long since, CancellationToken abandoned)
    : TaskCompletionSource<InferenceAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public IReadOnlyList<Tensor> Inputs => inputs;

    public int Rows => rows;

    /// <summary>Timestamp of its arrival.</summary>
    public long Since => since;

    /// <summary>Set when nobody waits for the answer any more.</summary>
    public CancellationToken Abandoned => abandoned;
}
