using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Performance;

/// <summary>A labelled prediction of a classifier, by class index.</summary>
/// <param name="Predicted">The predicted class.</param>
/// <param name="Score">Positive score of a binary model; NaN without one.</param>
/// <param name="Probabilities">Per class in index order, of a multiclass model; null without.</param>
internal readonly record struct ClassifiedPrediction(int Predicted, double Score, double[]? Probabilities);

/// <summary>What a pane counts of labelled predictions: enough for every classification metric, in integers, so that a correction takes its prediction back to the bit.</summary>
/// <remarks>
/// Accuracy, precision, recall, F1 are exact; log loss, Brier score and calibration error to 1.2·10⁻¹⁰; AUROC to the resolution of <see cref="ScoreGrid"/>. Definitions: scikit-learn's.
/// </remarks>
internal static class ClassificationCounters
{
    private const int Labelled = 0, Correct = 1, Scored = 2, LogLoss = 3, Brier = 4, DelaySeconds = 5, Calibration = 6;
    private const int CalibrationBins = 10;
    private const int Classes = Calibration + (CalibrationBins * 3);

    // A class's counters: right ones, predicted ones, true ones.
    private const int PerClass = 3;
    private const double SmallestProbability = 1e-15;

    public static int Length(int classes) => Classes + (classes * PerClass);

    public static int HistogramLength(int classes) => classes * 2 * ScoreGrid.Bins;

    public static long LabelledOf(ReadOnlySpan<long> counters) => counters[Labelled];

    public static long CorrectOf(ReadOnlySpan<long> counters) => counters[Correct];

    public static double? LabelDelay(ReadOnlySpan<long> counters, long labelled) => labelled == 0 ? null : (double)counters[DelaySeconds] / labelled;

    /// <summary>A regression counts its labels and their delay in the same place.</summary>
    public static void RecordDelay(Span<long> counters, long delayMicros, int sign)
    {
        counters[Labelled] += sign;
        counters[DelaySeconds] += sign * Math.Clamp(delayMicros / UnixTime.Second, 0, int.MaxValue);
    }

    /// <summary>Counts a labelled prediction, or takes it back with <paramref name="sign"/> -1.</summary>
    /// <param name="positive">Index of the positive class; -1 for multiclass.</param>
    public static void Record(Span<long> counters, Span<long> histograms, in ClassifiedPrediction prediction, int truth, int positive, int sign)
    {
        if (prediction.Predicted == truth)
        {
            counters[Correct] += sign;
            counters[Classes + (truth * PerClass)] += sign;
        }
        counters[Classes + (prediction.Predicted * PerClass) + 1] += sign;
        counters[Classes + (truth * PerClass) + 2] += sign;
        if (positive >= 0) RecordScore(counters, histograms, prediction.Score, truth == positive, sign);
        else if (prediction.Probabilities is { } probabilities) RecordProbabilities(counters, histograms, probabilities, prediction.Predicted, truth, sign);
    }

    /// <summary>The metrics of a window's counters; those that cannot exist are null.</summary>
    public static ClassificationPerformance Score(ReadOnlySpan<long> counters, ReadOnlySpan<long> histograms, int classes, int positive)
    {
        var labelled = counters[Labelled];
        if (labelled == 0) return new ClassificationPerformance(0, null, null, null, null, null, null, null, null);
        var (precision, recall, f1) = positive >= 0 ? OfClass(counters, positive) : Macro(counters, classes);
        var scored = counters[Scored];
        return new ClassificationPerformance(
            labelled,
            (double)counters[Correct] / labelled,
            precision,
            recall,
            f1,
            positive >= 0 ? Auroc(histograms[..Math.Min(histograms.Length, 2 * ScoreGrid.Bins)]) : MacroAuroc(histograms, classes),
            scored == 0 ? null : FixedPoint.Mean(counters[LogLoss], scored),
            scored == 0 ? null : FixedPoint.Mean(counters[Brier], scored),
            CalibrationError(counters));
    }

    private static void RecordScore(Span<long> counters, Span<long> histograms, double score, bool isPositive, int sign)
    {
        if (double.IsNaN(score)) return;
        counters[Scored] += sign;
        var clipped = Math.Clamp(score, SmallestProbability, 1 - SmallestProbability);
        counters[LogLoss] += sign * FixedPoint.From(-Math.Log(isPositive ? clipped : 1 - clipped));
        var error = score - (isPositive ? 1 : 0);
        counters[Brier] += sign * FixedPoint.From(error * error);
        RecordCalibration(counters, score, isPositive, sign);
        histograms[(isPositive ? 0 : ScoreGrid.Bins) + ScoreGrid.BinOf(score)] += sign;
    }

    private static void RecordProbabilities(Span<long> counters, Span<long> histograms, double[] probabilities, int predicted, int truth, int sign)
    {
        counters[Scored] += sign;
        double clippedSum = 0, brier = 0;
        var top = 0;
        for (var k = 0; k < probabilities.Length; k++)
        {
            clippedSum += Math.Clamp(probabilities[k], SmallestProbability, 1 - SmallestProbability);
            var error = probabilities[k] - (k == truth ? 1 : 0);
            brier += error * error;
            if (probabilities[k] > probabilities[top]) top = k;
        }
        if (truth >= probabilities.Length) brier += 1;
        var probability = truth < probabilities.Length ? Math.Clamp(probabilities[truth], SmallestProbability, 1 - SmallestProbability) : SmallestProbability;
        counters[LogLoss] += sign * FixedPoint.From(-Math.Log(probability / clippedSum));
        counters[Brier] += sign * FixedPoint.From(brier);
        RecordCalibration(counters, probabilities[top], predicted == truth, sign);
        for (var k = 0; k < probabilities.Length && histograms.Length >= HistogramLength(k + 1); k++)
        {
            histograms[(k * 2 * ScoreGrid.Bins) + (k == truth ? 0 : ScoreGrid.Bins) + ScoreGrid.BinOf(probabilities[k])] += sign;
        }
    }

    private static void RecordCalibration(Span<long> counters, double score, bool hit, int sign)
    {
        var bin = Calibration + (Math.Min(CalibrationBins - 1, (int)(score * CalibrationBins)) * 3);
        counters[bin] += sign;
        counters[bin + 1] += sign * FixedPoint.From(score);
        if (hit) counters[bin + 2] += sign;
    }

    private static double? CalibrationError(ReadOnlySpan<long> counters)
    {
        var scored = counters[Scored];
        if (scored == 0) return null;
        var error = 0.0;
        for (var bin = 0; bin < CalibrationBins; bin++)
        {
            var at = Calibration + (bin * 3);
            error += Math.Abs(FixedPoint.ToDouble(counters[at + 1]) - counters[at + 2]);
        }
        return error / scored;
    }

    private static (double Precision, double Recall, double F1) OfClass(ReadOnlySpan<long> counters, int index)
    {
        double right = counters[Classes + (index * PerClass)], predicted = counters[Classes + (index * PerClass) + 1], actual = counters[Classes + (index * PerClass) + 2];
        return (predicted == 0 ? 0 : right / predicted, actual == 0 ? 0 : right / actual, predicted + actual == 0 ? 0 : 2 * right / (predicted + actual));
    }

    private static (double? Precision, double? Recall, double? F1) Macro(ReadOnlySpan<long> counters, int classes)
    {
        double precision = 0, recall = 0, f1 = 0;
        var present = 0;
        for (var index = 0; index < classes; index++)
        {
            var at = Classes + (index * PerClass);
            if (counters[at + 1] == 0 && counters[at + 2] == 0) continue;
            present++;
            var one = OfClass(counters, index);
            precision += one.Precision;
            recall += one.Recall;
            f1 += one.F1;
        }
        return present == 0 ? (null, null, null) : (precision / present, recall / present, f1 / present);
    }

    private static double? MacroAuroc(ReadOnlySpan<long> histograms, int classes)
    {
        if (classes > Batches.PredictionColumns.MaxScoredClasses) return null;
        var sum = 0.0;
        var counted = 0;
        for (var index = 0; index < classes && histograms.Length >= HistogramLength(index + 1); index++)
        {
            if (Auroc(histograms.Slice(index * 2 * ScoreGrid.Bins, 2 * ScoreGrid.Bins)) is not { } area) continue;
            sum += area;
            counted++;
        }
        return counted == 0 ? null : sum / counted;
    }

    /// <summary>P(score of a positive &gt; score of a negative) + ½ P(equal bin): Mann-Whitney over bins. Null with one class only.</summary>
    private static double? Auroc(ReadOnlySpan<long> histograms)
    {
        if (histograms.Length < 2 * ScoreGrid.Bins) return null;
        long positives = 0, negatives = 0;
        var wins = 0.0;
        for (var bin = 0; bin < ScoreGrid.Bins; bin++)
        {
            long positive = histograms[bin], negative = histograms[ScoreGrid.Bins + bin];
            wins += positive * (negatives + (0.5 * negative));
            positives += positive;
            negatives += negative;
        }
        return positives == 0 || negatives == 0 ? null : wins / positives / negatives;
    }
}
