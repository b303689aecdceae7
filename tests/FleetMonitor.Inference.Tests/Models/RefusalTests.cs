using FleetMonitor.Inference.Models;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Tests.Models;

public sealed class RefusalTests
{
    public static TheoryData<string, long[], TensorType, string> Wrong => new()
    {
        { "X", [2, 3], TensorType.Float64, "input \"X\": expected datatype FP32, got FP64" },
        { "X", [2, 4], TensorType.Float32, "input \"X\": expected shape [-1,3], got [2,4]" },
        { "X", [6], TensorType.Float32, "input \"X\": expected shape [-1,3], got [6]" },
        { "Y", [2, 3], TensorType.Float32, "there is no input \"Y\"; there are X" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Infer_InputThatDoesNotFit_IsRefusedInWords(string name, long[] shape, TensorType type, string message)
    {
        await using var loaded = new Loaded(OnnxModels.Logistic([1, 2, 3], 0));
        using var input = Tensor.Rent(name, type, shape, (int)shape.Aggregate((a, b) => a * b));
        var refusal = await Assert.ThrowsAsync<InferenceException>(() => loaded.Model.InferAsync([input]));
        Assert.Equal((InferenceFailure.Invalid, message), (refusal.Failure, refusal.Message));
        Assert.Equal(["invalid"], loaded.Meters.Outcomes());
    }

    [Fact]
    public async Task Infer_MissingRepeatedOrUnevenInputs_AreRefusedInWords()
    {
        await using var loaded = new Loaded(OnnxModels.Mixed(("DE", 1)));
        using var country = Loaded.Texts("country", [1, 1], "DE");
        using var amounts = Loaded.Floats("amount", [2, 1], 1, 2);
        Assert.Equal("input \"amount\" is missing; the model takes country, amount", (await Assert.ThrowsAsync<InferenceException>(() => loaded.Model.InferAsync([country]))).Message);
        Assert.Equal("input \"country\" is given twice", (await Assert.ThrowsAsync<InferenceException>(() => loaded.Model.InferAsync([country, country]))).Message);
        Assert.Equal("input \"amount\" has 2 rows, input \"country\" 1", (await Assert.ThrowsAsync<InferenceException>(() => loaded.Model.InferAsync([country, amounts]))).Message);
    }

    [Fact]
    public void Load_BrokenFile_SaysSo()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("model.onnx"), "no model");
        using var meters = new TestMeters();
        var refusal = Assert.Throws<InferenceException>(() => ServedModel.Load("m", 1, folder.File("model.onnx"), new ModelSettings(), new InferenceMetrics(meters), TimeProvider.System));
        Assert.Equal(InferenceFailure.Unavailable, refusal.Failure);
        Assert.NotEmpty(refusal.Message);
    }

    [Fact]
    public void Load_OutputThatThereIsNot_NamesThoseThereAre()
    {
        var settings = new ModelSettings { LabelOutput = "class" };
        var refusal = Assert.Throws<InferenceException>(() => new Loaded(OnnxModels.Logistic([1], 0), settings));
        Assert.Equal("model.yaml: there is no output \"class\"; there are probability", refusal.Message);
    }

    /// <summary>Of merged requests, the one that the model fails on is the only one that fails.</summary>
    [Fact]
    public async Task Infer_ARowThatTheModelFailsOn_CostsNoNeighbour()
    {
        var table = new OnnxModel().Input("X", OnnxType.Int64, -1).Output("Y", OnnxType.Float, -1).Weights("W", [10, 11, 12], 3).Node("Gather", ["W", "X"], ["Y"]);
        await using var loaded = new Loaded(table, new ModelSettings { Batching = new BatchingSettings { MaxDelay = TimeSpan.FromMilliseconds(20) } });
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            using var input = Loaded.Of("X", TensorType.Int64, [1], (long)(i % 4));
            try
            {
                using var output = (await loaded.Model.InferAsync([input])).Outputs[0];
                return output.As<float>()[0];
            }
            catch (InferenceException failure) when (failure.Failure is InferenceFailure.Invalid or InferenceFailure.Failed)
            {
                return -1;
            }
        }));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => i % 4 == 3 ? -1f : 10 + (i % 4)), answers);
    }
}
