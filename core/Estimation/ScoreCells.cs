using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Estimation;

/// <summary>Where a pane counts a scored prediction, so that its performance can be estimated by any calibration later.</summary>
/// <remarks>
/// Binary: by predicted class and bin of the positive score (<see cref="ScoreGrid"/>): negative predictions first, then positive ones. Multiclass: by bin of
/// the predicted class's probability. A pane counts its predictions by cell; and its labelled ones, then the right ones among these. A regression has no cells.
/// </remarks>
internal static class ScoreCells
{
    public static int Count(TaskKind? task) => task switch { TaskKind.Binary => 2 * ScoreGrid.Bins, TaskKind.Multiclass => ScoreGrid.Bins, _ => 0 };

    /// <summary>Counters of labelled predictions: all of them by cell, then the right ones.</summary>
    public static int LabelledCount(TaskKind? task) => 2 * Count(task);

    /// <summary>The cell of a binary model's prediction; -1 without a score.</summary>
    public static int OfBinary(double score, bool predictedPositive) => double.IsNaN(score) ? -1 : ScoreGrid.BinOf(score) + (predictedPositive ? ScoreGrid.Bins : 0);

    /// <summary>The cell of a multiclass model's prediction; -1 without a probability.</summary>
    public static int OfMulticlass(double probability) => double.IsNaN(probability) ? -1 : ScoreGrid.BinOf(probability);

    /// <summary>The share of a cell's predictions that are right, where the outcome of the score's bin has the given probability.</summary>
    public static double Right(ReadOnlySpan<double> probabilities, int cell, bool binary) =>
        binary && cell < ScoreGrid.Bins ? 1 - probabilities[cell] : probabilities[cell % ScoreGrid.Bins];

    /// <summary>Adds labelled predictions by bin, and those of a true outcome: of a binary model the positive label, otherwise a right prediction.</summary>
    public static void AddOutcomes(ReadOnlySpan<long> labelled, Span<long> rows, Span<long> positives)
    {
        var cells = labelled.Length / 2;
        for (var cell = 0; cell < cells; cell++)
        {
            long count = labelled[cell], right = labelled[cells + cell];
            var isNegative = cells > ScoreGrid.Bins && cell < ScoreGrid.Bins;
            rows[cell % ScoreGrid.Bins] += count;
            positives[cell % ScoreGrid.Bins] += isNegative ? count - right : right;
        }
    }
}
