using FleetMonitor.Inference;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference;

/// <summary>An inference that was made: what was asked, of whom, and the answer.</summary>
/// <param name="Id">The client's, or one made for it.</param>
/// <param name="Inputs">The request's own.</param>
/// <param name="Outputs">Given back with this.</param>
/// <param name="Started">Unix microseconds.</param>
/// <param name="Latency">From the request's arrival in the engine to its answer.</param>
internal sealed record Inference(ServedModel Model, string Id, IReadOnlyList<Tensor> Inputs, IReadOnlyList<Tensor> Outputs, long Started, TimeSpan Latency) : IDisposable
{
    /// <summary>The outputs of these names, in their order; all where no names are given.</summary>
    /// <exception cref="InferenceException">There is no such output.</exception>
    public IReadOnlyList<Tensor> Chosen(IEnumerable<string>? names) => names is null ? Outputs : [.. names.Select(Output)];

    public void Dispose()
    {
        foreach (var output in Outputs) output.Dispose();
    }

    private Tensor Output(string name)
    {
        foreach (var output in Outputs)
        {
            if (output.Name == name) return output;
        }
        throw new InferenceException(InferenceFailure.Invalid, $"there is no output \"{name}\"; there are {string.Join(", ", Outputs.Select(o => o.Name))}");
    }
}
