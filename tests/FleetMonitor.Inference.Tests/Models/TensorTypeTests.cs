using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Tests.Models;

public sealed class TensorTypeTests
{
    [Theory]
    [InlineData(OnnxType.Bool, TensorType.Bool)]
    [InlineData(OnnxType.UInt8, TensorType.UInt8)]
    [InlineData(OnnxType.UInt16, TensorType.UInt16)]
    [InlineData(OnnxType.UInt32, TensorType.UInt32)]
    [InlineData(OnnxType.UInt64, TensorType.UInt64)]
    [InlineData(OnnxType.Int8, TensorType.Int8)]
    [InlineData(OnnxType.Int16, TensorType.Int16)]
    [InlineData(OnnxType.Int32, TensorType.Int32)]
    [InlineData(OnnxType.Int64, TensorType.Int64)]
    [InlineData(OnnxType.Half, TensorType.Float16)]
    [InlineData(OnnxType.Float, TensorType.Float32)]
    [InlineData(OnnxType.Double, TensorType.Float64)]
    public async Task Infer_EveryTypeOfFixedWidth_ComesBackAsItWent(OnnxType onnx, TensorType type)
    {
        await using var loaded = new Loaded(OnnxModels.Echo(onnx, -1, 3));
        Assert.Equal([new TensorInfo("in", type, [-1, 3])], loaded.Model.Inputs, (a, b) => a.Name == b.Name && a.Type == b.Type && a.Shape!.SequenceEqual(b.Shape!));
        using var input = Tensor.Rent("in", type, [2, 3], 6);
        new Random(3).NextBytes(input.Bytes);
        if (type == TensorType.Bool) foreach (ref var value in input.Bytes) value &= 1;
        var output = Assert.Single((await loaded.Model.InferAsync([input])).Outputs);
        Assert.Equal((type, "out"), (output.Type, output.Name));
        Assert.Equal([2, 3], output.Shape);
        Assert.Equal(input.Bytes.ToArray(), output.Bytes.ToArray());
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(2, 2)]
    [InlineData(-1, -1)]
    public async Task Infer_Texts_ComeBackAsTheyWent(long rows, long columns)
    {
        await using var loaded = new Loaded(OnnxModels.Echo(OnnxType.Text, rows, columns));
        string[] values = ["", "Größe", "a\0b", new('x', 100_000)];
        for (var run = 0; run < 3; run++)
        {
            using var input = Loaded.Texts("in", [2, 2], values);
            using var output = Assert.Single((await loaded.Model.InferAsync([input])).Outputs);
            Assert.Equal(values, Loaded.Texts(output));
        }
    }

    [Fact]
    public async Task Infer_ShapeWithoutBatch_RunsByItself()
    {
        await using var loaded = new Loaded(OnnxModels.Echo(OnnxType.Float, 2, 3));
        Assert.False(loaded.Model.Merges);
        using var input = Loaded.Floats("in", [2, 3], 1, 2, 3, 4, 5, 6);
        using var output = Assert.Single((await loaded.Model.InferAsync([input])).Outputs);
        Assert.Equal([1, 2, 3, 4, 5, 6], output.As<float>().ToArray());
        Assert.Equal([2, 3], output.Shape);
    }

    [Fact]
    public async Task Infer_OpenDimensionsBesideTheBatch_TakeAnyLength()
    {
        await using var loaded = new Loaded(OnnxModels.Echo(OnnxType.Float, -1, -1));
        foreach (var columns in new[] { 1, 7, 3 })
        {
            using var input = Loaded.Floats("in", [2, columns], new float[2 * columns]);
            using var output = Assert.Single((await loaded.Model.InferAsync([input])).Outputs);
            Assert.Equal([2, columns], output.Shape);
        }
    }
}
