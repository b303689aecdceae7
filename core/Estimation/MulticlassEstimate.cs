using System.Buffers;

namespace FleetMonitor.Core.Estimation;

/// <summary>Estimates the performance of a classifier of many classes over a window's rows from their probabilities alone.</summary>
/// <remarks>
/// One calibration a class, fitted one against the rest; a row's calibrated probabilities are divided by their sum (equal shares where it is 0), as NannyML
/// does. Accuracy: the mean probability of the predicted class. Precision, recall, F1 and AUROC: means over the classes, which are all to be expected.
/// AUROC orders rows by the raw probability and pools ties of it. O(classes · n log n).
/// </remarks>
public static class MulticlassEstimate
{
    /// <param name="probabilities">Rows × classes, row by row. Rows with a NaN are left out.</param>
    /// <param name="predicted">The predicted class; a row whose class is not among them (negative, or too large) has no expected hit.</param>
    /// <param name="calibrators">One a class; null: its probabilities are taken as they are.</param>
    public static EstimatedPerformance Of(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> predicted, IReadOnlyList<IsotonicCalibrator?> calibrators)
    {
        var classes = calibrators.Count;
        if (probabilities.Length != (long)predicted.Length * classes) throw new ArgumentException("Probabilities and predictions are columns of the same rows.");
        var kept = ArrayPool<int>.Shared.Rent(predicted.Length);
        var calibrated = ArrayPool<double>.Shared.Rent(probabilities.Length);
        try
        {
            var count = 0;
            for (var row = 0; row < predicted.Length; row++)
            {
                if (Calibrate(probabilities.Slice(row * classes, classes), calibrators, calibrated.AsSpan(count * classes, classes))) kept[count++] = row;
            }
            return count == 0 ? EstimatedPerformance.None : Of(probabilities, predicted, kept.AsSpan(0, count), calibrated, classes);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(kept);
            ArrayPool<double>.Shared.Return(calibrated);
        }
    }

    /// <summary>A row's calibrated probabilities, which sum to 1; false when the row has none.</summary>
    internal static bool Calibrate(ReadOnlySpan<double> row, IReadOnlyList<IsotonicCalibrator?> calibrators, Span<double> calibrated)
    {
        var sum = 0.0;
        for (var label = 0; label < row.Length; label++)
        {
            if (double.IsNaN(row[label])) return false;
            calibrated[label] = calibrators[label]?.Calibrate(row[label]) ?? row[label];
            sum += calibrated[label];
        }
        foreach (ref var probability in calibrated) probability = sum == 0 ? 1.0 / row.Length : probability / sum;
        return true;
    }

    private static EstimatedPerformance Of(ReadOnlySpan<double> raw, ReadOnlySpan<int> predicted, ReadOnlySpan<int> rows, ReadOnlySpan<double> calibrated, int classes)
    {
        double right = 0, precision = 0, recall = 0, f1 = 0, areas = 0;
        var withArea = 0;
        double[] keys = new double[rows.Length], values = new double[rows.Length];
        for (var label = 0; label < classes; label++)
        {
            double hit = 0, missed = 0;
            long positive = 0;
            for (var i = 0; i < rows.Length; i++)
            {
                keys[i] = raw[(rows[i] * classes) + label];
                values[i] = calibrated[(i * classes) + label];
                if (predicted[rows[i]] == label)
                {
                    hit += values[i];
                    positive++;
                }
                else
                {
                    missed += values[i];
                }
            }
            var confusion = new ExpectedConfusion(hit, positive, missed, rows.Length - positive);
            right += confusion.True;
            precision += confusion.Precision;
            recall += confusion.Recall;
            f1 += confusion.F1;
            if (Area(keys, values) is not { } area) continue;
            areas += area;
            withArea++;
        }
        return new EstimatedPerformance(
            rows.Length, right / rows.Length, precision / classes, recall / classes, f1 / classes, withArea == 0 ? null : areas / withArea);
    }

    private static double? Area(double[] keys, double[] values)
    {
        Array.Sort(keys, values);
        var auroc = default(ExpectedAuroc);
        for (var start = 0; start < keys.Length;)
        {
            var sum = 0.0;
            var end = start;
            while (end < keys.Length && keys[end] == keys[start]) sum += values[end++];
            auroc.Add(sum, end - start);
            start = end;
        }
        return auroc.Area;
    }
}
