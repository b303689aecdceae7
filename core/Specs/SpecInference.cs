using FleetMonitor.Core.Batches;

namespace FleetMonitor.Core.Specs;

/// <summary>Fills what a spec leaves open from a model's first predictions.</summary>
/// <remarks>
/// Task: with a score or two probabilities binary, with more probabilities multiclass; texts are classes (binary when all are usual names of a yes or a no), numbers are classes when all
/// are 0 or 1 and a regression's values otherwise. Feature: numeric when nine of ten values are numbers, so that one wrong value in a first batch is that value's error and not the feature's
/// kind; otherwise categorical; left open while it has no value.
/// </remarks>
internal static class SpecInference
{
    private const double MostTextsAmongNumbers = 0.1;

    public static ModelSpec Complete(ModelSpec spec, PredictionBatch batch)
    {
        var task = spec.Task ?? Task(batch);
        var positive = spec.Positive is { } given ? ClassLabel.Canonical(given) : task == TaskKind.Binary ? Positive(batch) : null;
        return spec with { Task = task, Positive = positive, Features = spec.Features ?? [] };
    }

    /// <summary>The spec with the features of <paramref name="batch"/> that it does not name yet.</summary>
    public static ModelSpec WithFeatures(ModelSpec spec, PredictionBatch batch)
    {
        List<FeatureSpec>? features = null;
        var known = spec.Features!.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var column in batch.Features)
        {
            if (known.Contains(column.Name) || column.Name.Length is 0 or > SpecValidation.MaxNameLength) continue;
            if ((features?.Count ?? spec.Features!.Count) >= SpecValidation.MaxFeatures) break;
            if (Kind(column) is { } kind) (features ??= [.. spec.Features!]).Add(new FeatureSpec(column.Name, kind));
        }
        return features is null ? spec : spec with { Features = features };
    }

    private static TaskKind Task(PredictionBatch batch)
    {
        if (batch.Probabilities.Count > 2) return TaskKind.Multiclass;
        if (batch.Probabilities.Count > 0 || !batch.Scores.IsEmpty) return TaskKind.Binary;
        if (batch.Predictions.HasTexts) return batch.Predictions.Texts.All(IsYesOrNo) ? TaskKind.Binary : TaskKind.Multiclass;
        foreach (var value in batch.Predictions.Numbers)
        {
            if (value is not (0 or 1)) return TaskKind.Regression;
        }
        return TaskKind.Binary;
    }

    private static string Positive(PredictionBatch batch)
    {
        var classes = batch.Probabilities.Select(p => ClassLabel.Canonical(p.Name));
        for (var row = 0; row < batch.Count; row++)
        {
            if (CategoryValue.At(batch.Predictions, row, Scores.ColumnRole.Prediction) is { } label) classes = classes.Append(label);
            if (row == 1_000) break;
        }
        return ClassLabel.Positive(classes.ToHashSet(StringComparer.Ordinal)) ?? "1";
    }

    private static FeatureKind? Kind(ValueColumn column)
    {
        int numbers = 0, texts = 0;
        foreach (var value in column.Numbers)
        {
            if (!double.IsNaN(value)) numbers++;
        }
        foreach (var code in column.Codes)
        {
            if (code >= 0) texts++;
        }
        return numbers + texts == 0 ? null : texts <= (numbers + texts) * MostTextsAmongNumbers ? FeatureKind.Numeric : FeatureKind.Categorical;
    }

    private static bool IsYesOrNo(string text)
    {
        var label = ClassLabel.Canonical(text);
        return ClassLabel.IsPositiveName(label) || ClassLabel.IsNegativeName(label);
    }
}
