using System.Numerics;
using System.Runtime.CompilerServices;

namespace FleetMonitor.Core.Estimation;

/// <summary>Fits a calibration where scores need one, and leaves them as they are where it would not help: NannyML's decision, split for split.</summary>
/// <remarks>
/// Not needed with one class, or where the AUROC is above 0.999. Otherwise ten stratified splits hold out a tenth of the rows each; the calibration is needed
/// when the expected calibration error of all held-out rows, over ten bins of equal numbers, is larger before than after calibrating them by a fit on the
/// rest. The splits are those of numpy's generator with seed 42. Rows of equal score beside a bin's edge count in either bin in proportion, where numpy's
/// sort leaves their order open. Sorted once: every split's fit and both errors walk the counts of <see cref="PooledOutcomes"/>. O(n); 70 bytes a row of
/// work space. What loops here is optimised from its first call on: a model is calibrated once in a long while, and no call would be the thirtieth.
/// </remarks>
public static class ScoreCalibration
{
    private const int Splits = 10;
    internal const uint Seed = 42;
    private const double PerfectAuroc = 0.999;

    /// <summary>The calibration of the reference's scores; null when they need none. Rows with a NaN are left out.</summary>
    public static IsotonicCalibrator? Fit(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        var (present, truth) = Present(scores, outcomes);
        var pooled = new PooledOutcomes(present, truth);
        return IsNeeded(pooled, truth) ? pooled.Fit() : null;
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
        var kept = new double[scores.Length];
        var truth = new bool[scores.Length];
        var count = 0;
        for (var row = 0; row < scores.Length; row++)
        {
            if (double.IsNaN(scores[row])) continue;
            kept[count] = scores[row];
            truth[count++] = outcomes[row];
        }
        return count == kept.Length ? (kept, truth) : (kept[..count], truth[..count]);
    }

    private static bool IsNeeded(PooledOutcomes pooled, ReadOnlySpan<bool> outcomes) =>
        pooled.Auroc() is { } area && area <= PerfectAuroc && HeldOutErrors(pooled, outcomes) is var (before, after) && before > after;

    internal static (double Before, double After)? HeldOutErrors(double[] scores, bool[] outcomes) =>
        HeldOutErrors(new PooledOutcomes(scores, outcomes), outcomes);

    /// <summary>The calibration error of held-out rows before and after; null where there are too few rows to hold some out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double Before, double After)? HeldOutErrors(PooledOutcomes pooled, ReadOnlySpan<bool> outcomes)
    {
        var splits = new StratifiedSplits(outcomes, Seed);
        if (!splits.Possible) return null;
        int[] rows = new int[pooled.Count], positives = new int[pooled.Count];
        int[] heldRows = new int[pooled.Count], heldPositives = new int[pooled.Count];
        var places = new ulong[(pooled.Count + 63) / 64];
        var calibrated = new List<Calibrated>();
        for (var split = 0; split < Splits; split++)
        {
            pooled.Rows.CopyTo(rows);
            pooled.Positives.CopyTo(positives);
            foreach (var row in splits.Next())
            {
                var place = pooled.PlaceOf(row);
                rows[place]--;
                positives[place] -= outcomes[row] ? 1 : 0;
                places[place >> 6] |= 1UL << place;
            }
            var calibrator = pooled.Fit(rows, positives)!;
            var before = calibrated.Count;
            for (var word = 0; word < places.Length; word++)
            {
                for (var left = places[word]; left != 0; left &= left - 1)
                {
                    var place = (word << 6) + BitOperations.TrailingZeroCount(left);
                    var held = new Calibrated(calibrator.Calibrate(pooled.Scores[place]), pooled.Rows[place] - rows[place],
                        pooled.Positives[place] - positives[place]);
                    heldRows[place] += held.Rows;
                    heldPositives[place] += held.Positives;
                    // A fit is flat over most scores: rows of one probability stay together.
                    if (calibrated.Count > before && calibrated[^1].Probability == held.Probability) calibrated[^1] = calibrated[^1].With(held);
                    else calibrated.Add(held);
                }
            }
            Array.Clear(places);
        }
        calibrated.Sort((a, b) => a.Probability.CompareTo(b.Probability));
        RankedCalibrationError errorBefore = new(Splits * (long)splits.HeldOutRows), errorAfter = errorBefore;
        for (var place = 0; place < pooled.Count; place++) errorBefore.Add(pooled.Scores[place], heldRows[place], heldPositives[place]);
        foreach (var held in calibrated) errorAfter.Add(held.Probability, held.Rows, held.Positives);
        return (errorBefore.Value(), errorAfter.Value());
    }

    /// <summary>Held-out rows that a calibration gives one probability.</summary>
    private readonly record struct Calibrated(double Probability, int Rows, int Positives)
    {
        public Calibrated With(in Calibrated other) => new(Probability, Rows + other.Rows, Positives + other.Positives);
    }
}
