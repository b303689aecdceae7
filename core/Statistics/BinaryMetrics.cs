namespace FleetMonitor.Core.Statistics;

/// <summary>Exact performance of a binary classifier over a window's rows, as scikit-learn computes it.</summary>
/// <remarks>
/// Rows without a score (NaN) count for accuracy, precision, recall and F1 only. The AUROC needs no more than an order; log loss, Brier score and calibration
/// error need probabilities and are null where a score lies outside 0…1. O(n log n) for the AUROC's sort, work space from the pool.
/// </remarks>
public static class BinaryMetrics
{
    /// <summary>Where <c>sklearn.metrics.log_loss</c> clips: a certain and wrong row costs 34.5 nats, not ∞.</summary>
    internal const double Clip = 1e-15;

    /// <param name="truth">True where the label is the positive class.</param>
    /// <param name="predicted">True where the prediction is the positive class.</param>
    /// <param name="score">Score of the positive class, NaN where there is none; empty where no row has one.</param>
    public static ClassificationPerformance Compute(ReadOnlySpan<bool> truth, ReadOnlySpan<bool> predicted, ReadOnlySpan<double> score)
    {
        if (predicted.Length != truth.Length || (score.Length != truth.Length && !score.IsEmpty))
            throw new ArgumentException("Truth, prediction and score are columns of the same rows.");
        if (truth.IsEmpty)
            return new ClassificationPerformance(0, null, null, null, null, null, null, null, null);

        long hits = 0, positives = 0, predictedPositives = 0;
        for (var row = 0; row < truth.Length; row++)
        {
            hits += truth[row] & predicted[row] ? 1 : 0;
            positives += truth[row] ? 1 : 0;
            predictedPositives += predicted[row] ? 1 : 0;
        }
        var correct = truth.Length - (positives + predictedPositives - 2 * hits);
        var (logLoss, brier, ece) = ProbabilityScores(truth, score);
        return new ClassificationPerformance(
            truth.Length,
            Score.Share(correct, truth.Length),
            Score.Share(hits, predictedPositives),
            Score.Share(hits, positives),
            Score.Share(2 * hits, positives + predictedPositives),
            RocCurve.Area(truth, score),
            logLoss,
            brier,
            ece);
    }

    private static (double? LogLoss, double? Brier, double? Ece) ProbabilityScores(ReadOnlySpan<bool> truth, ReadOnlySpan<double> score)
    {
        CompensatedSum loss = default, squares = default;
        var calibration = new CalibrationError(stackalloc double[CalibrationError.Bins]);
        long rows = 0;
        for (var row = 0; row < score.Length; row++)
        {
            var probability = score[row];
            if (double.IsNaN(probability))
                continue;
            if (probability is < 0 or > 1)
                return (null, null, null);
            rows++;
            var clipped = Math.Clamp(probability, Clip, 1 - Clip);
            loss.Subtract(Math.Log(truth[row] ? clipped : 1 - clipped));
            var error = truth[row] ? 1 - probability : probability;
            squares.Add(error * error);
            calibration.Add(probability, truth[row]);
        }
        return rows == 0 ? (null, null, null) : (loss.DividedBy(rows), squares.DividedBy(rows), calibration.Over(rows));
    }
}
