using FleetMonitor.Inference.Models;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Tests.Models;

/// <summary>Answers against plain computations: a row at a time, many in one request, and 64 clients at once.</summary>
public sealed class ModelKindTests
{
    private const int Features = 6;
    private const int Rows = 1_000;
    private const double Tolerance = 1e-5;

    private static readonly float[] Weights = [0.8f, -1.1f, 0.3f, 2.1f, -0.4f, 0.05f];
    private static readonly float[][] ClassWeights = [[0.5f, -1, 0.2f, 0, 1, 0.3f], [-0.7f, 0.4f, 1.1f, -0.2f, 0.6f, 0], [0.1f, 0.9f, -0.8f, 0.5f, -1.2f, 0.4f]];

    [Fact]
    public async Task Infer_LogisticWithOneColumn_IsTheSigmoid()
    {
        var roles = await Check(OnnxModels.Logistic(Weights, -0.3f), "probability", row => [Sigmoid(Dot(Weights, row) - 0.3)]);
        Assert.Equal(((PredictionKind?)PredictionKind.Binary, (int?)null, (int?)0, (int?)null), (roles.Kind, roles.Label, roles.Probabilities, roles.Value));
        Assert.Equal(["0", "1"], roles.Classes);
    }

    /// <summary>Of a single probability one class may be named, or both; the last is the one it is of.</summary>
    [Theory]
    [InlineData("fraud", null, "not fraud", "fraud")]
    [InlineData("fraud", "fraud", "not fraud", "fraud")]
    [InlineData("legit", "fraud", "legit", "fraud")]
    [InlineData("legit fraud", null, "legit", "fraud")]
    [InlineData("fraud legit", "fraud", "legit", "fraud")]
    public async Task Load_OneColumnWithLabels_KnowsWhichClassItIsOf(string labels, string? positive, string negative, string expected)
    {
        await using var loaded = new Loaded(OnnxModels.Logistic([1, 2], 0), new ModelSettings { Labels = labels.Split(' '), Positive = positive });
        Assert.Equal(PredictionKind.Binary, loaded.Model.Roles.Kind);
        Assert.Equal([negative, expected], loaded.Model.Roles.Classes);
    }

    [Fact]
    public async Task Infer_LogisticWithMaps_GivesLabelsAndColumns()
    {
        var roles = await Check(OnnxModels.LogisticWithMaps(Weights, 0.2f, "no", "yes"), "output_probability", row => Two(Sigmoid(Dot(Weights, row) + 0.2)), labels: ["no", "yes"]);
        Assert.Equal(((PredictionKind?)PredictionKind.Binary, (int?)0, (int?)1, (int?)null), (roles.Kind, roles.Label, roles.Probabilities, roles.Value));
        Assert.Equal(["no", "yes"], roles.Classes);
    }

    [Fact]
    public async Task Infer_LogisticWithMapsOfNumbers_GivesTheirTextAsClasses()
    {
        var roles = await Check(OnnxModels.LogisticWithMaps(Weights, 0.2f), "output_probability", row => Two(Sigmoid(Dot(Weights, row) + 0.2)), labels: ["0", "1"]);
        Assert.Equal(["0", "1"], roles.Classes);
    }

    [Fact]
    public async Task Infer_Softmax_GivesProbabilitiesWithoutLabels()
    {
        var roles = await Check(OnnxModels.Softmax(ClassWeights), "scores", row => Softmax([.. ClassWeights.Select(w => Dot(w, row))]));
        Assert.Equal(((PredictionKind?)PredictionKind.Multiclass, (int?)null, (int?)0, (int?)null), (roles.Kind, roles.Label, roles.Probabilities, roles.Value));
        Assert.Equal(["0", "1", "2"], roles.Classes);
    }

    [Fact]
    public async Task Infer_BoostedTrees_GivesLabelsAndProbabilities()
    {
        var trees = new TreeEnsemble(seed: 5, trees: 20, depth: 3, Features, targets: 1);
        var roles = await Check(OnnxModels.BoostedTrees(trees, Features), "probabilities", row => Two(Sigmoid(trees.Evaluate(row, 1)[0])), labels: ["0", "1"]);
        Assert.Equal(((PredictionKind?)PredictionKind.Binary, (int?)0, (int?)1, (int?)null), (roles.Kind, roles.Label, roles.Probabilities, roles.Value));
    }

    [Fact]
    public async Task Infer_Forest_GivesTextLabelsAndProbabilities()
    {
        var trees = new TreeEnsemble(seed: 6, trees: 30, depth: 3, Features, targets: 3);
        string[] classes = ["setosa", "versicolor", "virginica"];
        var roles = await Check(OnnxModels.Forest(trees, Features, classes), "probabilities", row => Softmax(trees.Evaluate(row, 3)), labels: classes);
        Assert.Equal(((PredictionKind?)PredictionKind.Multiclass, (int?)0, (int?)1, (int?)null), (roles.Kind, roles.Label, roles.Probabilities, roles.Value));
        Assert.Equal(classes, roles.Classes);
    }

    [Fact]
    public async Task Infer_Regressors_GiveTheirValue()
    {
        var trees = new TreeEnsemble(seed: 7, trees: 15, depth: 4, Features, targets: 1);
        var roles = await Check(OnnxModels.TreeRegressor(trees, Features), "variable", row => trees.Evaluate(row, 1));
        Assert.Equal(((PredictionKind?)PredictionKind.Regression, (int?)null, (int?)null, (int?)0), (roles.Kind, roles.Label, roles.Probabilities, roles.Value));
        roles = await Check(OnnxModels.LinearRegressor(Weights, 4), "variable", row => [Dot(Weights, row) + 4]);
        Assert.Equal(PredictionKind.Regression, roles.Kind);
    }

    [Fact]
    public async Task Infer_TextsBesideNumbers_AreMergedToo()
    {
        await using var loaded = new Loaded(OnnxModels.Mixed(("DE", 1), ("FR", 2)));
        Assert.True(loaded.Model.Merges);
        await Parallel.ForAsync(0, 200, async (i, cancellation) =>
        {
            using var country = Loaded.Texts("country", [2, 1], i % 2 == 0 ? "DE" : "FR", "Côte d'Ivoire");
            using var amount = Loaded.Floats("amount", [2, 1], i, i + 1);
            var answer = await loaded.Model.InferAsync([amount, country], cancellation);
            Assert.Equal([i + (i % 2 == 0 ? 1f : 2f), i + 1 - 100f], answer.Outputs[0].As<float>().ToArray());
        });
    }

    private static async Task<OutputRoles> Check(OnnxModel onnx, string output, Func<float[], double[]> expected, string[]? labels = null)
    {
        await using var loaded = new Loaded(onnx);
        var model = loaded.Model;
        var random = new Random(11);
        var rows = Enumerable.Range(0, Rows).Select(_ => Loaded.Row(random, Features)).ToArray();
        var all = await Infer([.. rows.SelectMany(row => row)], Rows);
        for (var i = 0; i < Rows; i++) Compare(i, all, i);
        await Parallel.ForAsync(0, Rows, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) => Compare(i, await Infer(rows[i], 1), 0));
        Assert.True(model.Merges);
        return model.Roles;

        async Task<Tensor[]> Infer(float[] values, int count)
        {
            using var input = Loaded.Floats("X", [count, Features], values);
            return (await model.InferAsync([input])).Outputs;
        }

        void Compare(int row, Tensor[] outputs, int at)
        {
            var wanted = expected(rows[row]);
            var given = outputs.Single(o => o.Name == output);
            for (var k = 0; k < wanted.Length; k++) Assert.Equal(wanted[k], given.As<float>()[(at * wanted.Length) + k], Tolerance);
            if (labels is null) return;
            var label = outputs[model.Roles.Label!.Value];
            var text = label.Type == TensorType.Text ? Loaded.Texts(label)[at] : $"{label.As<long>()[at]}";
            if (wanted.Max() - wanted.Order().ElementAt(wanted.Length - 2) > 1e-4) Assert.Equal(labels[Array.IndexOf(wanted, wanted.Max())], text);
        }
    }

    private static double Dot(float[] weights, float[] row) => weights.Zip(row, (w, x) => (double)w * x).Sum();

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double[] Two(double positive) => [1 - positive, positive];

    private static double[] Softmax(double[] scores)
    {
        var exponentials = scores.Select(s => Math.Exp(s - scores.Max())).ToArray();
        return [.. exponentials.Select(e => e / exponentials.Sum())];
    }
}
