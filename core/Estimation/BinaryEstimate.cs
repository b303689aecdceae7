using System.Buffers;

namespace FleetMonitor.Core.Estimation;

/// <summary>Estimates a binary classifier's performance over a window's rows from their scores alone.</summary>
/// <remarks>
/// Formulas: <see cref="EstimatedPerformance"/>. Since the calibration never descends, rows of one calibrated probability may come in any order, so most rows,
/// which fall on flat stretches of it, are only counted; the others are sorted. O(n + m log m) with m rows off the flats (all rows without a calibration).
/// </remarks>
public static class BinaryEstimate
{
    /// <param name="scores">Score of the positive class; rows with NaN are left out.</param>
    /// <param name="predicted">True where the prediction is the positive class.</param>
    /// <param name="calibrator">Null: the scores are probabilities as they are.</param>
    public static EstimatedPerformance Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> predicted, IsotonicCalibrator? calibrator)
    {
        if (scores.Length != predicted.Length) throw new ArgumentException("Scores and predictions are columns of the same rows.");
        var rising = ArrayPool<double>.Shared.Rent(scores.Length);
        var segments = calibrator?.Segments ?? 0;
        var counts = ArrayPool<long>.Shared.Rent(2 * segments);
        counts.AsSpan(0, 2 * segments).Clear();
        try
        {
            return calibrator is null ? AsTheyAre(scores, predicted, rising) : Calibrated(scores, predicted, calibrator, rising, counts.AsSpan(0, 2 * segments));
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rising);
            ArrayPool<long>.Shared.Return(counts);
        }
    }

    private static EstimatedPerformance AsTheyAre(ReadOnlySpan<double> scores, ReadOnlySpan<bool> predicted, Span<double> rising)
    {
        double right = 0, missed = 0;
        long positive = 0;
        var count = 0;
        for (var row = 0; row < scores.Length; row++)
        {
            var score = scores[row];
            if (double.IsNaN(score)) continue;
            rising[count++] = score;
            if (predicted[row])
            {
                right += score;
                positive++;
            }
            else
            {
                missed += score;
            }
        }
        rising = rising[..count];
        rising.Sort();
        var auroc = default(ExpectedAuroc);
        foreach (var probability in rising) auroc.Add(probability, 1);
        return Result(new ExpectedConfusion(right, positive, missed, count - positive), auroc);
    }

    private static EstimatedPerformance Calibrated(
        ReadOnlySpan<double> scores, ReadOnlySpan<bool> predicted, IsotonicCalibrator calibrator, Span<double> rising, Span<long> counts)
    {
        // By segment: rows predicted negative, rows predicted positive.
        double right = 0, missed = 0;
        var off = 0;
        for (var row = 0; row < scores.Length; row++)
        {
            var score = scores[row];
            if (double.IsNaN(score)) continue;
            var segment = calibrator.Segment(score);
            counts[(2 * segment) + (predicted[row] ? 1 : 0)]++;
            if (calibrator.IsFlat(segment)) continue;
            var probability = calibrator.At(segment, score);
            rising[off++] = probability;
            if (predicted[row]) right += probability;
            else missed += probability;
        }
        rising = rising[..off];
        rising.Sort();

        long positive = 0, negative = 0;
        var auroc = default(ExpectedAuroc);
        var next = 0;
        for (var segment = 0; 2 * segment < counts.Length; segment++)
        {
            long no = counts[2 * segment], yes = counts[(2 * segment) + 1];
            positive += yes;
            negative += no;
            if (!calibrator.IsFlat(segment))
            {
                for (var end = next + no + yes; next < end; next++) auroc.Add(rising[next], 1);
                continue;
            }
            var probability = calibrator.ValueOf(segment);
            right += yes * probability;
            missed += no * probability;
            auroc.Add((yes + no) * probability, yes + no);
        }
        return Result(new ExpectedConfusion(right, positive, missed, negative), auroc);
    }

    private static EstimatedPerformance Result(in ExpectedConfusion confusion, in ExpectedAuroc auroc)
    {
        var rows = (long)(confusion.Predicted + confusion.Others);
        return rows == 0 ? EstimatedPerformance.None
            : new EstimatedPerformance(rows, confusion.Right / rows, confusion.Precision, confusion.Recall, confusion.F1, auroc.Area);
    }
}
