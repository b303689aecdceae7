using System.Runtime.InteropServices;
using System.Text;
using FleetMonitor.Inference.Models;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Tests;

/// <summary>A model that is served for one test.</summary>
internal sealed class Loaded : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    public Loaded(OnnxModel model, ModelSettings? settings = null, TimeProvider? time = null)
    {
        var file = Path.Combine(model.Save(_folder.Path, "model"), "1", "model.onnx");
        Model = ServedModel.Load("model", 1, file, settings ?? new ModelSettings(), new InferenceMetrics(Meters), time ?? TimeProvider.System);
    }

    public TestMeters Meters { get; } = new();

    public ServedModel Model { get; }

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync();
        Meters.Dispose();
        _folder.Dispose();
    }

    public static Tensor Floats(string name, long[] shape, params float[] values)
    {
        var tensor = Tensor.Rent(name, TensorType.Float32, shape, values.Length);
        values.CopyTo(tensor.As<float>());
        return tensor;
    }

    public static Tensor Texts(string name, long[] shape, params string[] values)
    {
        var tensor = Tensor.Rent(name, TensorType.Text, shape, values.Length);
        foreach (var value in values) tensor.Append(Encoding.UTF8.GetBytes(value));
        return tensor;
    }

    public static Tensor Of<T>(string name, TensorType type, long[] shape, params T[] values) where T : unmanaged
    {
        var tensor = Tensor.Rent(name, type, shape, values.Length);
        MemoryMarshal.AsBytes<T>(values).CopyTo(tensor.Bytes);
        return tensor;
    }

    public static string[] Texts(Tensor tensor) => [.. Enumerable.Range(0, tensor.Count).Select(i => Encoding.UTF8.GetString(tensor.Text(i)))];

    public static float[] Row(Random random, int features) => [.. Enumerable.Range(0, features).Select(_ => (float)((random.NextDouble() * 4) - 2))];
}
