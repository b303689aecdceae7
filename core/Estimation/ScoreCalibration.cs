using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Estimation;

/// <summary>Fits a calibration where scores need one, and leaves them as they are where it would not help: NannyML's decision, split for split.</summary>
/// <remarks>
/// Not needed with one class, or where the AUROC is above 0.999. Otherwise ten stratified splits hold out a tenth of the rows each; the calibration is needed
/// when the expected calibration error of all held-out rows, over ten bins of equal numbers, is larger before than after calibrating them by a fit on the
/// rest. The splits are those of numpy's generator with seed 42. Rows of equal score beside a bin's edge count in either bin in proportion, where numpy's
/// sort leaves their order open. O(n log n); 40 bytes a row of work space.
/// </remarks>
public static class ScoreCalibration
{
    private const int Splits = 10, Bins = 10;
    internal const uint Seed = 42;
    private const double PerfectAuroc = 0.999;

    /// <summary>The calibration of the reference's scores; null when they need none. Rows with a NaN are left out.</summary>
    public static IsotonicCalibrator? Fit(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        var (present, truth) = Present(scores, outcomes);
        return IsNeeded(present, truth) ? IsotonicFit.Of(present, truth) : null;
    }

    /// <summary>One calibration a class, one against the rest; null for a class whose probabilities need none.</summary>
    /// <param name="probabilities">Rows × classes, row by row. Rows with a NaN are left out.</param>
    public static IsotonicCalibrator?[] FitMulticlass(ReadOnlySpan<int> truth, int classes, ReadOnlySpan<double> probabilities)
    {
        var calibrators = new IsotonicCalibrator?[classes];
        var scores = new double[truth.Length];
        var outcomes = new bool[truth.Length];
        for (var label = 0; label < classes; label++)
        {
            for (var row = 0; row < truth.Length; row++)
            {
                scores[row] = probabilities[(row * classes) + label];
                outcomes[row] = truth[row] == label;
            }
            calibrators[label] = Fit(scores, outcomes);
        }
        return calibrators;
    }

    private static (double[] Scores, bool[] Outcomes) Present(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        var kept = new List<double>(scores.Length);
        var truth = new List<bool>(scores.Length);
        for (var row = 0; row < scores.Length; row++)
        {
            if (double.IsNaN(scores[row])) continue;
            kept.Add(scores[row]);
            truth.Add(outcomes[row]);
        }
        return ([.. kept], [.. truth]);
    }

    private static bool IsNeeded(double[] scores, bool[] outcomes) =>
        RocCurve.Area(outcomes, scores) is { } area && area <= PerfectAuroc && HeldOutErrors(scores, outcomes) is var (before, after) && before > after;

    /// <summary>The calibration error of held-out rows before and after; null where there are too few rows to hold some out.</summary>
    internal static (double Before, double After)? HeldOutErrors(double[] scores, bool[] outcomes)
    {
        var splits = new StratifiedSplits(outcomes, Seed);
        if (!splits.Possible) return null;
        // Sorted once: each split's fit and each bin walk the rows in this order.
        var order = new int[scores.Length];
        for (var row = 0; row < order.Length; row++) order[row] = row;
        var sorted = (double[])scores.Clone();
        Array.Sort(sorted, order);
        var heldOut = new bool[scores.Length];
        var before = new double[Splits * splits.HeldOutRows];
        var after = new double[before.Length];
        var truth = new bool[before.Length];
        var count = 0;
        for (var split = 0; split < Splits; split++)
        {
            splits.Next(heldOut);
            var fit = new IsotonicFit();
            for (var i = 0; i < sorted.Length; i++)
            {
                if (!heldOut[order[i]]) fit.Add(sorted[i], outcomes[order[i]] ? 1 : 0, 1);
            }
            var calibrator = fit.Build()!;
            for (var i = 0; i < sorted.Length; i++)
            {
                if (!heldOut[order[i]]) continue;
                before[count] = sorted[i];
                after[count] = calibrator.Calibrate(sorted[i]);
                truth[count++] = outcomes[order[i]];
            }
        }
        return (ExpectedError(before, truth), ExpectedError(after, truth));
    }

    /// <summary>Expected calibration error over bins of equal numbers of rows by rank.</summary>
    private static double ExpectedError(double[] probabilities, bool[] truth)
    {
        var sorted = (double[])probabilities.Clone();
        var outcomes = (bool[])truth.Clone();
        Array.Sort(sorted, outcomes);
        // Ten times as many rows as a split holds out: they divide evenly.
        var binRows = sorted.Length / Bins;
        double error = 0, difference = 0;
        var room = binRows;
        for (var start = 0; start < sorted.Length;)
        {
            int end = start, positives = 0;
            while (end < sorted.Length && sorted[end] == sorted[start]) positives += outcomes[end++] ? 1 : 0;
            var gap = sorted[start] - ((double)positives / (end - start));
            for (var left = end - start; left > 0;)
            {
                var taken = Math.Min(left, room);
                difference += taken * gap;
                left -= taken;
                room -= taken;
                if (room > 0) continue;
                error += Math.Abs(difference);
                (difference, room) = (0, binRows);
            }
            start = end;
        }
        return error / sorted.Length;
    }
}
