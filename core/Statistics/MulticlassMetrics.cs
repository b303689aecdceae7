using System.Buffers;

namespace FleetMonitor.Core.Statistics;

/// <summary>Exact performance of a classifier of many classes over a window's rows, as scikit-learn computes it.</summary>
/// <remarks>
/// Rows without probabilities (a NaN among them) count for accuracy and the macro averages only. Log loss clips each probability and then renormalises the row;
/// it, the Brier score and the calibration error are null where a probability lies outside 0…1. The calibration error compares the top
/// probability with whether the served prediction was right. O(classes · n log n) for the AUROC's sorts, otherwise O(classes · n), work space from the pool.
/// </remarks>
public static class MulticlassMetrics
{
    /// <param name="truth">Labels, 0…<paramref name="classes"/> − 1.</param>
    /// <param name="predicted">Predictions, 0…<paramref name="classes"/> − 1.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="probabilities">Rows × classes, row by row; a row with NaN has none; empty where no row has any.</param>
    public static ClassificationPerformance Compute(
        ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes, ReadOnlySpan<double> probabilities)
    {
        if (predicted.Length != truth.Length || (probabilities.Length != (long)truth.Length * classes && !probabilities.IsEmpty))
            throw new ArgumentException("Truth, prediction and probabilities are columns of the same rows.");
        if (truth.IsEmpty)
            return new ClassificationPerformance(0, null, null, null, null, null, null, null, null);

        var correct = 0L;
        Span<long> hits = new long[classes], labels = new long[classes], predictions = new long[classes];
        for (var row = 0; row < truth.Length; row++)
        {
            var hit = truth[row] == predicted[row] ? 1 : 0;
            correct += hit;
            hits[truth[row]] += hit;
            labels[truth[row]]++;
            predictions[predicted[row]]++;
        }
        var (precision, recall, f1) = Macro(hits, labels, predictions);
        var (logLoss, brier, ece) = ProbabilityScores(truth, predicted, classes, probabilities);
        return new ClassificationPerformance(
            truth.Length, Score.Share(correct, truth.Length), precision, recall, f1, Auroc(truth, classes, probabilities), logLoss, brier, ece);
    }

    private static (double Precision, double Recall, double F1) Macro(ReadOnlySpan<long> hits, ReadOnlySpan<long> labels, ReadOnlySpan<long> predictions)
    {
        double precision = 0, recall = 0, f1 = 0;
        var seen = 0;
        for (var label = 0; label < hits.Length; label++)
        {
            if (labels[label] + predictions[label] == 0)
                continue;
            seen++;
            precision += Score.Share(hits[label], predictions[label]);
            recall += Score.Share(hits[label], labels[label]);
            f1 += Score.Share(2 * hits[label], labels[label] + predictions[label]);
        }
        return (precision / seen, recall / seen, f1 / seen);
    }

    private static double? Auroc(ReadOnlySpan<int> truth, int classes, ReadOnlySpan<double> probabilities)
    {
        if (probabilities.IsEmpty)
            return null;

        // Rows that have probabilities come first in every work column, as their indices do here.
        var rows = ArrayPool<int>.Shared.Rent(truth.Length);
        var column = ArrayPool<double>.Shared.Rent(truth.Length);
        var side = ArrayPool<bool>.Shared.Rent(truth.Length);
        var count = 0;
        for (var row = 0; row < truth.Length; row++)
        {
            if (!IsMissing(probabilities.Slice(row * classes, classes)))
                rows[count++] = row;
        }
        var sum = 0.0;
        var withBothSides = 0;
        for (var label = 0; label < classes; label++)
        {
            for (var i = 0; i < count; i++)
            {
                column[i] = probabilities[rows[i] * classes + label];
                side[i] = truth[rows[i]] == label;
            }
            if (RocCurve.Area(side.AsSpan(0, count), column.AsSpan(0, count)) is not { } area)
                continue;
            sum += area;
            withBothSides++;
        }
        ArrayPool<int>.Shared.Return(rows);
        ArrayPool<double>.Shared.Return(column);
        ArrayPool<bool>.Shared.Return(side);
        return withBothSides == 0 ? null : sum / withBothSides;
    }

    private static (double? LogLoss, double? Brier, double? Ece) ProbabilityScores(
        ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes, ReadOnlySpan<double> probabilities)
    {
        CompensatedSum loss = default, squares = default;
        var calibration = new CalibrationError(stackalloc double[CalibrationError.Bins]);
        long rows = 0;
        for (var row = 0; row < truth.Length && !probabilities.IsEmpty; row++)
        {
            var values = probabilities.Slice(row * classes, classes);
            if (IsMissing(values))
                continue;
            rows++;
            double top = 0, total = 0, squaredError = 0;
            for (var label = 0; label < classes; label++)
            {
                var probability = values[label];
                if (probability is < 0 or > 1)
                    return (null, null, null);
                top = Math.Max(top, probability);
                total += Math.Clamp(probability, BinaryMetrics.Clip, 1 - BinaryMetrics.Clip);
                var error = label == truth[row] ? 1 - probability : probability;
                squaredError += error * error;
            }
            loss.Subtract(Math.Log(Math.Clamp(values[truth[row]], BinaryMetrics.Clip, 1 - BinaryMetrics.Clip) / total));
            squares.Add(squaredError);
            calibration.Add(top, truth[row] == predicted[row]);
        }
        return rows == 0 ? (null, null, null) : (loss.DividedBy(rows), squares.DividedBy(rows), calibration.Over(rows));
    }

    private static bool IsMissing(ReadOnlySpan<double> row)
    {
        foreach (var probability in row)
        {
            if (double.IsNaN(probability))
                return true;
        }
        return false;
    }
}
