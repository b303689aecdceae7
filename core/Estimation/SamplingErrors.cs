using System.Buffers;

namespace FleetMonitor.Core.Estimation;

/// <summary>How far chance alone moves a metric of a window of so many rows: one standard error, known from the reference.</summary>
/// <param name="Deviation">Standard deviation of one relevant row's contribution.</param>
/// <param name="Fraction">Share of rows that are relevant.</param>
public readonly record struct SamplingError(double Deviation, double Fraction)
{
    /// <summary>Standard error over <paramref name="rows"/>: σ / √(n·f). Null where the reference has no relevant row, or the window none.</summary>
    public double? Over(long rows) => rows > 0 && Fraction > 0 && double.IsFinite(Deviation) ? Deviation / Math.Sqrt(rows * Fraction) : null;
}

/// <summary>The sampling errors of the estimated metrics, from a labelled reference.</summary>
/// <remarks>
/// NannyML's standard-error approach: each metric as a mean of per-row contributions, whose deviation is that of 0s and 1s, √(p(1 − p)). Accuracy: over all
/// rows. Precision: over predicted positives. Recall: over positives. F1: over rows that are one or the other, scaled by F1's weights. AUROC: over the rows of
/// the rarer class, their contributions being the share of the other class that they beat (Mann-Whitney), ties ½. Multiclass: the classes' variances are
/// summed, the root divided by their number; times 1.2 for AUROC. A band is ± <see cref="Band"/> standard errors.
/// </remarks>
public sealed record SamplingErrors(SamplingError Accuracy, SamplingError Precision, SamplingError Recall, SamplingError F1, SamplingError Auroc)
{
    /// <summary>Standard errors to either side of an estimate.</summary>
    public const double Band = 3;

    private const double MulticlassAuroc = 1.2;

    /// <param name="truth">True where the label is the positive class.</param>
    /// <param name="predicted">True where the prediction is.</param>
    /// <param name="scores">Score of the positive class; rows with NaN are left out.</param>
    public static SamplingErrors OfBinary(ReadOnlySpan<bool> truth, ReadOnlySpan<bool> predicted, ReadOnlySpan<double> scores)
    {
        long hits = 0, positives = 0, claimed = 0, rows = 0;
        for (var row = 0; row < truth.Length; row++)
        {
            if (double.IsNaN(scores[row])) continue;
            rows++;
            positives += truth[row] ? 1 : 0;
            claimed += predicted[row] ? 1 : 0;
            hits += truth[row] && predicted[row] ? 1 : 0;
        }
        var relevant = positives + claimed - hits;
        var weight = relevant / (hits + (0.5 * (relevant - hits)));
        var right = rows - relevant + hits;
        return new SamplingErrors(
            OfShare(right, rows, rows),
            OfShare(hits, claimed, rows),
            OfShare(hits, positives, rows),
            OfShare(hits, relevant, rows) is var f1 ? f1 with { Deviation = f1.Deviation * weight } : default,
            OfAuroc(truth, scores));
    }

    /// <param name="probabilities">Rows × classes, row by row. Rows with a NaN are left out.</param>
    public static SamplingErrors OfMulticlass(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes, ReadOnlySpan<double> probabilities)
    {
        var scores = new double[truth.Length];
        bool[] isTrue = new bool[truth.Length], isPredicted = new bool[truth.Length];
        double precision = 0, recall = 0, f1 = 0, auroc = 0;
        long right = 0, rows = 0;
        for (var label = 0; label < classes; label++)
        {
            for (var row = 0; row < truth.Length; row++)
            {
                scores[row] = probabilities[(row * classes) + label];
                isTrue[row] = truth[row] == label;
                isPredicted[row] = predicted[row] == label;
                if (label > 0 || double.IsNaN(scores[row])) continue;
                rows++;
                right += truth[row] == predicted[row] ? 1 : 0;
            }
            var one = OfBinary(isTrue, isPredicted, scores);
            precision += Variance(one.Precision);
            recall += Variance(one.Recall);
            // Over the relevant rows as they are: NannyML scales it for two classes only.
            f1 += Variance(OfF1(isTrue, isPredicted));
            auroc += Variance(one.Auroc);
        }
        SamplingError Mean(double variance, double factor = 1) => new(factor * Math.Sqrt(variance) / classes, 1);
        return new SamplingErrors(OfShare(right, rows, rows), Mean(precision), Mean(recall), Mean(f1), Mean(auroc, MulticlassAuroc));
    }

    /// <summary>Deviation of 0s and 1s, <paramref name="part"/> of <paramref name="whole"/> being 1s, where that many of all rows are relevant.</summary>
    private static SamplingError OfShare(long part, long whole, long rows)
    {
        var share = (double)part / whole;
        return new SamplingError(Math.Sqrt(share * (1 - share)), rows == 0 ? 0 : (double)whole / rows);
    }

    private static SamplingError OfF1(ReadOnlySpan<bool> truth, ReadOnlySpan<bool> predicted)
    {
        long hits = 0, relevant = 0;
        for (var row = 0; row < truth.Length; row++)
        {
            hits += truth[row] && predicted[row] ? 1 : 0;
            relevant += truth[row] || predicted[row] ? 1 : 0;
        }
        return OfShare(hits, relevant, truth.Length);
    }

    private static double Variance(in SamplingError error) => error.Fraction > 0 ? error.Deviation * error.Deviation / error.Fraction : 0;

    private static SamplingError OfAuroc(ReadOnlySpan<bool> truth, ReadOnlySpan<double> scores)
    {
        var buffer = ArrayPool<double>.Shared.Rent(scores.Length);
        try
        {
            int positives = 0, negatives = scores.Length;
            for (var row = 0; row < scores.Length; row++)
            {
                if (double.IsNaN(scores[row])) continue;
                if (truth[row]) buffer[positives++] = scores[row];
                else buffer[--negatives] = scores[row];
            }
            Span<double> yes = buffer.AsSpan(0, positives), no = buffer.AsSpan(negatives, scores.Length - negatives);
            yes.Sort();
            no.Sort();
            var rare = yes.Length > no.Length ? no : yes;
            var other = yes.Length > no.Length ? yes : no;
            if (rare.IsEmpty) return default;
            // The deviation of shares is the same whether they are beaten or not.
            double sum = 0, squares = 0;
            int below = 0, notAbove = 0;
            foreach (var score in rare)
            {
                while (below < other.Length && other[below] < score) below++;
                while (notAbove < other.Length && other[notAbove] <= score) notAbove++;
                var beaten = (below + notAbove) / (2.0 * other.Length);
                sum += beaten;
                squares += beaten * beaten;
            }
            var mean = sum / rare.Length;
            return new SamplingError(Math.Sqrt(Math.Max(0, (squares / rare.Length) - (mean * mean))), (double)rare.Length / (yes.Length + no.Length));
        }
        finally
        {
            ArrayPool<double>.Shared.Return(buffer);
        }
    }
}
