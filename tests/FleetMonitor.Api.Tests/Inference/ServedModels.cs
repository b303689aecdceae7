using FleetMonitor.Testing.Onnx;

namespace FleetMonitor.Api.Tests.Inference;

/// <summary>The repository that the tests' fleet serves.</summary>
internal static class ServedModels
{
    public static readonly float[] Weights = [1, -2, 0.5f];

    public static void Save(string folder)
    {
        OnnxModels.Logistic(Weights, 0.25f).Save(folder, "logistic", 1);
        OnnxModels.Logistic(Weights, -0.25f).Save(folder, "logistic", 3);
        OnnxModels.LogisticWithMaps(Weights, 0.25f, "legit", "fraud").Save(folder, "maps");
        File.WriteAllText(Path.Combine(folder, "maps", "model.yaml"), "monitor: maps-monitor\npositive: fraud\nfeatures: { X: [amount, age, distance] }\n");
        OnnxModels.LogisticWithMaps(Weights, 0.25f, "no", "yes").Save(folder, "watched");
        OnnxModels.LinearRegressor(Weights, 10).Save(folder, "regressor");
        OnnxModels.Mixed(("DE", 1), ("FR", 2)).Save(folder, "mixed");
        OnnxModels.Softmax([[1, 0, 0], [0, 1, 0], [0, 0, 1]]).Save(folder, "softmax");
        OnnxModels.Logistic(Weights, 0.25f).Save(folder, "counted");
        OnnxModels.Logistic(Weights, 0.25f).Save(folder, "loaded");
        // Of the API's description, whose other examples go to a monitor of that name.
        File.WriteAllText(Path.Combine(OnnxModels.Logistic(Weights, 0.25f).Save(folder, "example"), "model.yaml"), "monitor: example-served\n");
        foreach (var type in Enum.GetValues<OnnxType>()) OnnxModels.Echo(type, -1, -1).Save(folder, $"echo-{type}".ToLowerInvariant());
        new OnnxModel().Input("X", OnnxType.Int64, -1).Output("Y", OnnxType.Float, -1).Weights("W", [10, 11, 12], 3).Node("Gather", ["W", "X"], ["Y"]).Save(folder, "table");
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double Score(double bias, params double[] row) => Sigmoid(row.Zip(Weights, (x, w) => x * w).Sum() + bias);
}
