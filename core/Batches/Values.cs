using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Batches;

/// <summary>A column's value as a category: texts in the one spelling of <see cref="CategoryName"/>, numbers in their shortest, classes in that of <see cref="ClassLabel"/>; null when missing.</summary>
internal static class CategoryValue
{
    public static string? At(ValueColumn values, int row, ColumnRole role)
    {
        if (values.TextAt(row) is { } text) return role == ColumnRole.Prediction ? ClassLabel.Canonical(text) : CategoryName.Canonical(text);
        var number = values.NumberAt(row);
        return double.IsNaN(number) ? null : ClassLabel.Canonical(number);
    }
}

/// <summary>The columns that every model has besides its features.</summary>
internal static class PredictionColumns
{
    public const string Prediction = "prediction";
    public const string Score = "score";

    /// <summary>Classes whose probabilities are watched as columns, and whose AUROC is computed live; a model with more has neither.</summary>
    public const int MaxScoredClasses = 32;

    /// <summary>The score columns of a batch: the positive class's for a binary model, one a class for a multiclass one, none for a regression.</summary>
    /// <param name="wanted">Which of them, by name: a batch may have many.</param>
    public static IEnumerable<(string Name, double[] Values)> Scores(ModelSpec spec, PredictionBatch batch, Func<string, bool> wanted) =>
        Scores(spec, batch, spec.Task == TaskKind.Binary ? PositiveScores(spec, batch) : null, wanted);

    /// <param name="positive">What <see cref="PositiveScores"/> gave of them.</param>
    /// <inheritdoc cref="Scores(ModelSpec, PredictionBatch, Func{string, bool})"/>
    public static IEnumerable<(string Name, double[] Values)> Scores(ModelSpec spec, PredictionBatch batch, double[]? positive, Func<string, bool> wanted)
    {
        switch (spec.Task)
        {
            case TaskKind.Binary when positive is { } scores:
                yield return (Score, scores);
                break;
            case TaskKind.Multiclass:
                foreach (var column in batch.Probabilities)
                {
                    var name = $"probability:{ClassLabel.Canonical(column.Name)}";
                    if (column.HasNumbers && wanted(name)) yield return (name, column.Numbers.ToArray());
                }
                break;
        }
    }

    /// <summary>The positive class's score per row, NaN where there is none: sent as such, or as its probability, or as one minus the other class's. Null when no row has one.</summary>
    public static double[]? PositiveScores(ModelSpec spec, PredictionBatch batch)
    {
        var positive = batch.Probabilities.FirstOrDefault(p => ClassLabel.Canonical(p.Name) == spec.Positive);
        var negative = batch.Probabilities.FirstOrDefault(p => ClassLabel.Canonical(p.Name) != spec.Positive);
        if (batch.Scores.IsEmpty && positive is null && negative is null) return null;
        var scores = new double[batch.Count];
        for (var row = 0; row < scores.Length; row++)
        {
            var score = batch.Scores.IsEmpty ? double.NaN : batch.Scores[row];
            if (double.IsNaN(score) && positive is not null) score = positive.NumberAt(row);
            if (double.IsNaN(score) && negative is not null) score = 1 - negative.NumberAt(row);
            scores[row] = score;
        }
        return scores;
    }
}
