namespace FleetMonitor.Core.Estimation;

/// <summary>What can be said of a window's accuracy while its labels trickle in.</summary>
/// <remarks>
/// Labels may come late for a reason (a loan that is repaid takes its term, one that is not is known sooner), so nothing is assumed of the missing ones: the
/// interval takes every label that may still come for a wrong prediction on one side and for a right one on the other (Manski: Nonparametric bounds on
/// treatment effects, 1990), and adds a 95 % Wilson interval for chance. It always holds the accuracy over all labels in the end, as long as no more come than
/// expected. How many are expected follows from what share of the older half of the rows has its label, and 10 % more; without such a past, all of them.
/// </remarks>
/// <param name="Ratio">Share of the window's predictions whose label is known; null without predictions.</param>
/// <param name="ExpectedRatio">The share that older predictions have reached; null while there are too few of them.</param>
/// <param name="Provisional">Labels are still missing that are to be expected: the window's performance says neither that all is well nor that it is not.</param>
/// <param name="Accuracy">Accuracy over the labelled predictions, weighted to the window's scores: right where labels come late by score alone. Null without labels or scores.</param>
/// <param name="AccuracyLower">Lower end of the interval; null without a label, had or expected.</param>
/// <param name="AccuracyUpper">Upper end of the interval.</param>
public sealed record LabelCoverage(double? Ratio, double? ExpectedRatio, bool Provisional, double? Accuracy, double? AccuracyLower, double? AccuracyUpper)
{
    /// <summary>A window with less than this part of the expected share is provisional.</summary>
    internal const double Complete = 0.9;

    /// <summary>Labelled predictions that a stratum of scores has at least.</summary>
    private const int StratumLabels = 20;

    /// <param name="expected">Share of labels to be expected; null when it is not known.</param>
    /// <param name="assumed">Whether an unknown share is taken for all of them.</param>
    internal static bool IsProvisional(long predictions, long labelled, double? expected, bool assumed) =>
        labelled < Complete * (expected ?? (assumed ? 1 : 0)) * predictions;

    /// <param name="correct">Right predictions among the labelled ones.</param>
    internal static LabelCoverage Of(
        long predictions, long labelled, long correct, double? expected, bool provisional, ReadOnlySpan<long> rows, ReadOnlySpan<long> labelledRows)
    {
        // Panes of labels may outlast those of their predictions.
        predictions = Math.Max(predictions, labelled);
        if (predictions == 0) return new LabelCoverage(null, expected, false, null, null, null);
        var atEnd = expected is null ? predictions : Math.Clamp((long)Math.Ceiling(expected.Value * predictions / Complete), labelled, predictions);
        var any = atEnd > 0 && (labelled > 0 || expected > 0);
        return new LabelCoverage(
            (double)labelled / predictions,
            expected,
            provisional,
            Stratified(rows, labelledRows),
            any ? WilsonInterval.Lower(correct, atEnd) : null,
            any ? WilsonInterval.Upper(correct + atEnd - labelled, atEnd) : null);
    }

    /// <summary>The coverage of a regression, which has no accuracy.</summary>
    internal static LabelCoverage OfRegression(long predictions, long labelled, double? expected, bool provisional) =>
        new(predictions == 0 ? null : (double)labelled / predictions, expected, provisional, null, null, null);

    /// <summary>Σ (rows of a stratum / rows) · (right / labelled of the stratum), over strata of neighbouring scores (post-stratification; Holt, Smith, 1979).</summary>
    private static double? Stratified(ReadOnlySpan<long> rows, ReadOnlySpan<long> labelled)
    {
        var cells = rows.Length;
        long total = 0, inStratum = 0, known = 0, right = 0;
        double sum = 0;
        (long Rows, long Known, long Right) last = default;
        for (var cell = 0; cell < cells; cell++)
        {
            total += rows[cell];
            inStratum += rows[cell];
            known += labelled[cell];
            right += labelled[cells + cell];
            // A stratum ends once it has labels enough.
            if (known < StratumLabels) continue;
            if (last.Known > 0) sum += last.Rows * ((double)last.Right / last.Known);
            last = (inStratum, known, right);
            (inStratum, known, right) = (0, 0, 0);
        }
        // What is left over at the end belongs to the last stratum.
        last = (last.Rows + inStratum, last.Known + known, last.Right + right);
        return last.Known == 0 || total == 0 ? null : (sum + (last.Rows * ((double)last.Right / last.Known))) / total;
    }
}
