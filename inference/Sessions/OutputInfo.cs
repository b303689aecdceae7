using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Sessions;

/// <summary>An output as the runtime has it. Maps of a class's probability (ZipMap) are served as a tensor, a column a class.</summary>
/// <param name="Tensor">As which it is served.</param>
/// <param name="IsMaps">Whether the runtime gives a sequence of maps, one a row.</param>
internal sealed record OutputInfo(TensorInfo Tensor, bool IsMaps);
