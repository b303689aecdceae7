using System.Globalization;
using FleetMonitor.Inference.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace FleetMonitor.Inference.Sessions;

/// <summary>A sequence of maps from a class to its probability, one a row, read as a tensor of float32 with a column a class.</summary>
internal sealed class MapRows
{
    /// <exception cref="InferenceException">The rows do not have the same classes.</exception>
    public MapRows(string output, OrtValue rows)
    {
        var count = rows.GetValueCount();
        Tensor? tensor = null;
        for (var row = 0; row < count; row++)
        {
            using var map = rows.GetValue(row, OrtAllocator.DefaultInstance);
            using var values = map.GetValue(1, OrtAllocator.DefaultInstance);
            var probabilities = values.GetTensorDataAsSpan<float>();
            if (tensor is null)
            {
                Classes = Keys(map);
                tensor = Tensor.Rent(output, TensorType.Float32, [count, Classes.Count], count * Classes.Count);
            }
            if (probabilities.Length != Classes.Count)
            {
                tensor.Dispose();
                throw new InferenceException(InferenceFailure.Failed, $"output \"{output}\": its rows have different classes");
            }
            probabilities.CopyTo(tensor.As<float>()[(row * Classes.Count)..]);
        }
        Tensor = tensor ?? Tensor.Rent(output, TensorType.Float32, [0, 0], 0);
    }

    /// <summary>In the order of the columns.</summary>
    public IReadOnlyList<string> Classes { get; } = [];

    public Tensor Tensor { get; }

    private static string[] Keys(OrtValue map)
    {
        using var keys = map.GetValue(0, OrtAllocator.DefaultInstance);
        return keys.GetTensorTypeAndShape().IsString
            ? keys.GetStringTensorAsArray()
            : [.. keys.GetTensorDataAsSpan<long>().ToArray().Select(key => key.ToString(CultureInfo.InvariantCulture))];
    }
}
