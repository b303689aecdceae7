using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>A request for an inference, read.</summary>
/// <param name="Id">The client's name for it; null when it gave none.</param>
/// <param name="Inputs">The request's own, given back with it.</param>
/// <param name="Outputs">Those asked for, in that order; null: all.</param>
/// <param name="Binary">Whether outputs that say nothing of it come as bytes.</param>
internal sealed record InferRequest(string? Id, IReadOnlyList<Tensor> Inputs, IReadOnlyList<RequestedOutput>? Outputs, bool Binary) : IDisposable
{
    public void Dispose()
    {
        foreach (var tensor in Inputs) tensor.Dispose();
    }
}

/// <summary>An output that was asked for.</summary>
/// <param name="Binary">Whether it is to come as bytes; null: as the request says.</param>
internal readonly record struct RequestedOutput(string Name, bool? Binary);
