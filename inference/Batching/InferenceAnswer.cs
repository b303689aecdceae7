using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Batching;

/// <summary>What a model answered to one request.</summary>
/// <param name="Outputs">In the model's order; the caller's, to give back.</param>
/// <param name="Waited">In the queue.</param>
/// <param name="Ran">The run that it was in.</param>
/// <param name="RunRows">Rows of that run, its own and others'.</param>
public readonly record struct InferenceAnswer(Tensor[] Outputs, TimeSpan Waited, TimeSpan Ran, int RunRows);
