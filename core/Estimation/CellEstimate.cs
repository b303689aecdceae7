using FleetMonitor.Core.Performance;

namespace FleetMonitor.Core.Estimation;

/// <summary>Estimates performance from counts by score cell.</summary>
/// <remarks>
/// As <see cref="BinaryEstimate"/>, each row taking its bin's probability instead of its score's: the accuracy is off by at most the mean, over the rows, of
/// the calibration's rise within a row's bin (at most 1/200 wide). O(cells). A multiclass window has an accuracy only: precision and recall of a class need
/// the probabilities of all classes, row by row.
/// </remarks>
internal static class CellEstimate
{
    /// <param name="rows">Predictions by cell.</param>
    /// <param name="probabilities">By bin of the score.</param>
    public static EstimatedPerformance Of(ReadOnlySpan<long> rows, ReadOnlySpan<double> probabilities)
    {
        var binary = rows.Length > ScoreGrid.Bins;
        double hit = 0, missed = 0;
        long positive = 0, negative = 0;
        var auroc = default(ExpectedAuroc);
        for (var bin = 0; bin < ScoreGrid.Bins && !rows.IsEmpty; bin++)
        {
            var yes = rows[binary ? ScoreGrid.Bins + bin : bin];
            var no = binary ? rows[bin] : 0;
            positive += yes;
            negative += no;
            hit += yes * probabilities[bin];
            missed += no * probabilities[bin];
            auroc.Add((yes + no) * probabilities[bin], yes + no);
        }
        var count = positive + negative;
        if (count == 0) return EstimatedPerformance.None;
        var confusion = new ExpectedConfusion(hit, positive, missed, negative);
        return binary
            ? new EstimatedPerformance(count, confusion.Right / count, confusion.Precision, confusion.Recall, confusion.F1, auroc.Area)
            : new EstimatedPerformance(count, hit / count, null, null, null, null);
    }

    /// <summary>What is estimated of labelled predictions, and what they realised.</summary>
    public static (long Rows, double Estimated, double Realised) OfLabelled(ReadOnlySpan<long> labelled, ReadOnlySpan<double> probabilities)
    {
        var cells = labelled.Length / 2;
        long count = 0, right = 0;
        var expected = 0.0;
        for (var cell = 0; cell < cells; cell++)
        {
            if (labelled[cell] == 0) continue;
            count += labelled[cell];
            right += labelled[cells + cell];
            expected += labelled[cell] * ScoreCells.Right(probabilities, cell, cells > ScoreGrid.Bins);
        }
        return count == 0 ? default : (count, expected / count, (double)right / count);
    }
}
