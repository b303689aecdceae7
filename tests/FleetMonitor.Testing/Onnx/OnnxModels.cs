namespace FleetMonitor.Testing.Onnx;

/// <summary>Small models of the kinds that scikit-learn's converters write.</summary>
public static class OnnxModels
{
    /// <summary>X [N, features] → probability [N, 1]: a sigmoid of a weighted sum.</summary>
    public static OnnxModel Logistic(float[] weights, float bias, string output = "probability") => new OnnxModel()
        .Input("X", OnnxType.Float, -1, weights.Length)
        .Output(output, OnnxType.Float, -1, 1)
        .Weights("W", weights, weights.Length, 1)
        .Weights("B", [bias], 1)
        .Node("Gemm", ["X", "W", "B"], ["Z"])
        .Node("Sigmoid", ["Z"], [output]);

    /// <summary>X [N, features] → label [N] and probabilities as a sequence of maps, as converters write a logistic regression by default.</summary>
    public static OnnxModel LogisticWithMaps(float[] weights, float bias, params string[] classes) => new OnnxModel()
        .Input("X", OnnxType.Float, -1, weights.Length)
        .Output("output_label", classes.Length == 0 ? OnnxType.Int64 : OnnxType.Text, -1)
        .OutputMaps("output_probability", classes.Length > 0)
        .Node(
            "LinearClassifier", ["X"], ["output_label", "raw"], OnnxModel.Ml,
            ("coefficients", (float[])[.. weights.Select(w => -w), .. weights]), ("intercepts", (float[])[-bias, bias]), ("multi_class", 1L), ("post_transform", "LOGISTIC"), Classes("classlabels_", classes))
        .Node("Normalizer", ["raw"], ["probabilities"], OnnxModel.Ml, ("norm", "L1"))
        .Node("ZipMap", ["probabilities"], ["output_probability"], OnnxModel.Ml, Classes("classlabels_", classes, zipMap: true));

    /// <summary>X [N, features] → scores [N, classes]: a softmax of weighted sums (a row of weights a class), without labels.</summary>
    public static OnnxModel Softmax(float[][] weights, string output = "scores")
    {
        var features = weights[0].Length;
        return new OnnxModel()
            .Input("X", OnnxType.Float, -1, features)
            .Output(output, OnnxType.Float, -1, weights.Length)
            .Weights("W", [.. Enumerable.Range(0, features).SelectMany(f => weights.Select(w => w[f]))], features, weights.Length)
            .Node("MatMul", ["X", "W"], ["Z"])
            .Node("Softmax", ["Z"], [output], "", ("axis", 1L));
    }

    /// <summary>X [N, features] → label [N], probabilities [N, 2]: boosted trees through a logistic function.</summary>
    public static OnnxModel BoostedTrees(TreeEnsemble trees, int features) => new OnnxModel()
        .Input("X", OnnxType.Float, -1, features)
        .Output("label", OnnxType.Int64, -1)
        .Output("probabilities", OnnxType.Float, -1, 2)
        .Node("TreeEnsembleClassifier", ["X"], ["label", "probabilities"], OnnxModel.Ml, [.. trees.Attributes("class"), ("classlabels_int64s", (long[])[0, 1]), ("post_transform", "LOGISTIC")]);

    /// <summary>X [N, features] → label [N], probabilities [N, classes]: a forest, whose leaves add up to a softmax's inputs.</summary>
    public static OnnxModel Forest(TreeEnsemble trees, int features, params string[] classes) => new OnnxModel()
        .Input("X", OnnxType.Float, -1, features)
        .Output("label", OnnxType.Text, -1)
        .Output("probabilities", OnnxType.Float, -1, classes.Length)
        .Node("TreeEnsembleClassifier", ["X"], ["label", "probabilities"], OnnxModel.Ml, [.. trees.Attributes("class"), ("classlabels_strings", classes), ("post_transform", "SOFTMAX")]);

    /// <summary>X [N, features] → variable [N, 1].</summary>
    public static OnnxModel TreeRegressor(TreeEnsemble trees, int features) => new OnnxModel()
        .Input("X", OnnxType.Float, -1, features)
        .Output("variable", OnnxType.Float, -1, 1)
        .Node("TreeEnsembleRegressor", ["X"], ["variable"], OnnxModel.Ml, [.. trees.Attributes("target"), ("n_targets", 1L)]);

    /// <summary>X [N, features] → variable [N, 1].</summary>
    public static OnnxModel LinearRegressor(float[] weights, float bias) => new OnnxModel()
        .Input("X", OnnxType.Float, -1, weights.Length)
        .Output("variable", OnnxType.Float, -1, 1)
        .Node("LinearRegressor", ["X"], ["variable"], OnnxModel.Ml, ("coefficients", weights), ("intercepts", (float[])[bias]), ("targets", 1L));

    /// <summary>A tensor of any type handed back.</summary>
    public static OnnxModel Echo(OnnxType type, params long[] shape) => new OnnxModel().Input("in", type, shape).Output("out", type, shape).Node("Identity", ["in"], ["out"]);

    /// <summary>country [N, 1] text and amount [N, 1] → variable [N, 1]: the amount plus a number for the country; unknown ones are -100.</summary>
    public static OnnxModel Mixed(params (string Country, float Value)[] countries) => new OnnxModel()
        .Input("country", OnnxType.Text, -1, 1)
        .Input("amount", OnnxType.Float, -1, 1)
        .Output("variable", OnnxType.Float, -1, 1)
        .Node(
            "LabelEncoder", ["country"], ["code"], OnnxModel.Ml,
            ("keys_strings", countries.Select(c => c.Country).ToArray()), ("values_floats", countries.Select(c => c.Value).ToArray()), ("default_float", -100f))
        .Node("Add", ["code", "amount"], ["variable"]);

    /// <summary>X [N, features] → Y [N, features]: each row less the mean of all rows. Its first dimension is no batch's.</summary>
    public static OnnxModel Centred(int features) => new OnnxModel()
        .Input("X", OnnxType.Float, -1, features)
        .Output("Y", OnnxType.Float, -1, features)
        .Node("ReduceMean", ["X"], ["M"], "", ("axes", (long[])[0]), ("keepdims", 1L))
        .Node("Sub", ["X", "M"], ["Y"]);

    private static (string, object) Classes(string prefix, string[] classes, bool zipMap = false) =>
        classes.Length > 0 ? ($"{prefix}strings", classes) : ($"{prefix}{(zipMap ? "int64s" : "ints")}", (long[])[0, 1]);
}
