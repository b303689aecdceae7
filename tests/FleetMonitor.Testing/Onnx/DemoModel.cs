namespace FleetMonitor.Testing.Onnx;

/// <summary>The demo's ONNX model: a logistic regression over the logarithms of three numbers, with labels and probabilities. Its file lies in
/// cli/Demo/models.</summary>
/// <remarks>After a change here: <c>FLEETMONITOR_WRITE_DEMO=1 ./fleet test inference</c> writes the file anew; the test compares the two.</remarks>
public static class DemoModel
{
    public const string Name = "card-fraud";

    public static readonly string[] Classes = ["legit", "fraud"];

    /// <summary>Log odds with every feature at its middle.</summary>
    public const double Bias = -1.2;

    /// <summary>Middle, spread of the logarithm, and by how much a step of one spread moves the log odds.</summary>
    public static readonly (double Middle, double Spread, double Weight)[] Features = [(48, 0.9, 1.2), (9, 1.1, 1.6), (700, 0.7, -1.1)];

    public static double LogOdds(params ReadOnlySpan<double> row)
    {
        var odds = Bias;
        for (var i = 0; i < row.Length; i++) odds += Features[i].Weight * (Math.Log(row[i]) - Math.Log(Features[i].Middle)) / Features[i].Spread;
        return odds;
    }

    public static OnnxModel Build()
    {
        float[] weights = [.. Features.Select(f => (float)(f.Weight / f.Spread))];
        var intercept = (float)(Bias - Features.Sum(f => f.Weight * Math.Log(f.Middle) / f.Spread));
        return new OnnxModel()
            .Input("X", OnnxType.Float, -1, Features.Length)
            .Output("label", OnnxType.Text, -1)
            .Output("probabilities", OnnxType.Float, -1, 2)
            .Node("Log", ["X"], ["logs"])
            .Node(
                "LinearClassifier", ["logs"], ["label", "probabilities"], OnnxModel.Ml,
                ("coefficients", (float[])[.. weights.Select(w => -w), .. weights]), ("intercepts", (float[])[-intercept, intercept]),
                ("multi_class", 0L), ("post_transform", "LOGISTIC"), ("classlabels_strings", Classes));
    }
}
