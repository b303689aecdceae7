using System.Globalization;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Models;

/// <summary>What a monitor calls the elements of a model's inputs: as the settings name them, otherwise the input's name, with the element's number where
/// there are several.</summary>
internal static class FeatureNames
{
    /// <summary>Features of a model, as many as a monitor takes.</summary>
    private const int Max = 1_000;

    /// <exception cref="InferenceException">The settings name an input that there is not, or do not have a name for each element, or have one
    /// twice.</exception>
    public static IReadOnlyList<IReadOnlyList<string>?> Of(IReadOnlyList<TensorInfo> inputs, ModelSettings settings, bool hasBatch)
    {
        foreach (var name in settings.Features.Keys)
        {
            if (inputs.All(i => i.Name != name)) throw Wrong($"there is no input \"{name}\"; there are {string.Join(", ", inputs.Select(i => i.Name))}");
        }
        var left = Max;
        var names = new IReadOnlyList<string>?[inputs.Count];
        for (var i = 0; i < names.Length; i++)
        {
            var count = Elements(inputs[i].Shape, hasBatch);
            var given = settings.Features.GetValueOrDefault(inputs[i].Name);
            if (given is not null && given.Count != count) throw Wrong($"input \"{inputs[i].Name}\": expected {count?.ToString(CultureInfo.InvariantCulture) ?? "no"} names, got {given.Count}");
            if (count is not { } elements || elements > left) continue;
            left -= elements;
            names[i] = given ?? (elements == 1
                ? [inputs[i].Name]
                : [.. Enumerable.Range(0, elements).Select(e => string.Create(CultureInfo.InvariantCulture, $"{inputs[i].Name}_{e}"))]);
        }
        if (names.OfType<IReadOnlyList<string>>().SelectMany(n => n).GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(n => n.Count() > 1) is { } twice) throw Wrong($"\"{twice.Key}\" is given twice");
        return names;
    }

    private static int? Elements(IReadOnlyList<long>? shape, bool hasBatch) => shape is null ? null : TensorShape.Count([.. hasBatch ? shape.Skip(1) : shape], int.MaxValue);

    private static InferenceException Wrong(string message) => new(InferenceFailure.Unavailable, $"{ModelYaml.FileName}: features: {message}");
}
