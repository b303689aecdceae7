using System.Globalization;
using FleetMonitor.Inference.Sessions;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Models;

/// <summary>Which output says what: what a monitor needs to know of a model.</summary>
/// <param name="Kind">What is predicted; null where no output is a prediction that could be told.</param>
/// <param name="Label">Index of the output with the predicted class; null without one.</param>
/// <param name="Probabilities">Index of the output with a probability a class, or the one of the positive class; null without one.</param>
/// <param name="Value">Index of the output with a regression's value; null without one.</param>
/// <param name="Classes">In the order of the probabilities' columns; of a single column the negative and the positive one. Empty for a regression.</param>
public sealed record OutputRoles(PredictionKind? Kind, int? Label, int? Probabilities, int? Value, IReadOnlyList<string> Classes)
{
    private static readonly string[] Binary = ["0", "1"];

    /// <summary>What the settings say, and where they are silent what the model file and a made-up answer show.</summary>
    /// <param name="sample">The answer to one made-up row; empty where the model refused it.</param>
    /// <exception cref="InferenceException">The settings name an output that there is not.</exception>
    internal static OutputRoles Of(OnnxSession session, OnnxFile file, ModelSettings settings, IReadOnlyList<Tensor> sample)
    {
        var outputs = session.Outputs;
        var label = Named(outputs, settings.LabelOutput);
        var probabilities = Named(outputs, settings.ProbabilityOutput);
        var value = Named(outputs, settings.ValueOutput);
        var wantsClass = settings.Task != PredictionKind.Regression && value is null;
        if (wantsClass)
        {
            label ??= First(outputs, (o, i) => i != probabilities && !IsReal(o.Tensor.Type) && !o.IsMaps && Width(o, sample, i) is 1 or null);
            probabilities ??= First(outputs, (o, i) => i != label && (o.IsMaps || (IsReal(o.Tensor.Type) && (label is not null || settings.Task is not null || IsShare(o, i, file, sample)))));
        }
        if (label is null && probabilities is null) value ??= First(outputs, (o, i) => IsReal(o.Tensor.Type) && Width(o, sample, i) is 1 or null);
        if (value is not null) return new OutputRoles(settings.Task ?? PredictionKind.Regression, null, null, value, []);
        if (label is null && probabilities is null) return new OutputRoles(null, null, null, null, []);

        var columns = probabilities is { } index ? Width(outputs[index], sample, index) : null;
        var classes = NamesOfClasses(session, file, settings, columns);
        var kind = settings.Task ?? (classes.Count == 2 ? PredictionKind.Binary : PredictionKind.Multiclass);
        return new OutputRoles(kind, label, probabilities, null, classes);
    }

    private static IReadOnlyList<string> NamesOfClasses(OnnxSession session, OnnxFile file, ModelSettings settings, int? columns)
    {
        // The keys of maps are what their columns are; nothing that is said beside them can change that.
        foreach (var given in new[] { session.MapClasses, settings.Labels, file.Classes })
        {
            if (given is null || !Fits(given.Count)) continue;
            if (columns != 1) return given;
            if (given.Count == 1) return OfOne(given[0], settings.Positive ?? given[0]);
            return given[0] == settings.Positive ? [given[1], given[0]] : given;
        }
        if (columns is null or < 2) return settings.Positive is { } named && columns == 1 ? OfOne(named, named) : Binary;
        return [.. Enumerable.Range(0, columns.Value).Select(c => c.ToString(CultureInfo.InvariantCulture))];

        // The one class that is named, beside the one that a single probability is of.
        static string[] OfOne(string named, string positive) => [named == positive ? $"not {named}" : named, positive];

        bool Fits(int count) => columns is null || count == columns || (columns == 1 && count == 2);
    }

    /// <summary>Whether an output without a label beside it is a probability: by the operator that makes it, its name, or numbers that add up to
    /// one.</summary>
    private static bool IsShare(OutputInfo output, int index, OnnxFile file, IReadOnlyList<Tensor> sample)
    {
        var maker = file.Maker(output.Tensor.Name) ?? "";
        if (maker is "Softmax" or "Sigmoid" || maker.EndsWith("Classifier", StringComparison.Ordinal)) return true;
        if (maker.EndsWith("Regressor", StringComparison.Ordinal)) return false;
        if (output.Tensor.Name.Contains("prob", StringComparison.OrdinalIgnoreCase)) return true;
        if (index >= sample.Count || sample[index] is not { Type: TensorType.Float32, Count: > 1 } numbers) return false;
        var sum = 0.0;
        foreach (var number in numbers.As<float>())
        {
            if (number is < 0 or > 1 || float.IsNaN(number)) return false;
            sum += number;
        }
        return Math.Abs(sum - 1) < 1e-3;
    }

    /// <summary>Elements of a row; null where neither the file nor the sample says.</summary>
    private static int? Width(OutputInfo output, IReadOnlyList<Tensor> sample, int index)
    {
        if (index < sample.Count && sample[index].Count > 0) return sample[index].Count;
        var shape = output.Tensor.Shape;
        if (shape is null) return null;
        var width = 1L;
        foreach (var dimension in shape.Skip(1))
        {
            if (dimension < 0) return null;
            width *= dimension;
        }
        return width <= int.MaxValue ? (int)width : null;
    }

    private static bool IsReal(TensorType type) => type is TensorType.Float16 or TensorType.Float32 or TensorType.Float64;

    private static int? First(IReadOnlyList<OutputInfo> outputs, Func<OutputInfo, int, bool> isIt)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (isIt(outputs[i], i)) return i;
        }
        return null;
    }

    private static int? Named(IReadOnlyList<OutputInfo> outputs, string? name)
    {
        if (name is null) return null;
        return First(outputs, (o, _) => o.Tensor.Name == name)
            ?? throw new InferenceException(InferenceFailure.Unavailable, $"{ModelYaml.FileName}: there is no output \"{name}\"; there are {string.Join(", ", outputs.Select(o => o.Tensor.Name))}");
    }
}
