using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;
using MathNet.Numerics.Distributions;

namespace FleetMonitor.Core.Segments;

/// <summary>Scores the slices of a window, and orders them so that the worst come first.</summary>
/// <remarks>
/// A slice is judged against the model's other labelled predictions by an interval of the difference, at 0.05 divided by the number of slices judged (Bonferroni), so that with no slice worse than the others none is
/// called so in 19 of 20 windows: accuracies by <see cref="ProportionDifference"/>, mean absolute errors by the normal interval with both sides' own variances (Welch). Sorted by the end of the interval nearer to
/// "no worse": a small slice that may only look bad stays behind a large one that is. O(slices × cells).
/// </remarks>
internal static class SliceScorer
{
    private const double Error = 0.05;
    private const int MostColumns = 5;

    public static IReadOnlyList<SliceScore> Score(SegmentTable table, SliceTotals totals, in Labelled whole, ModelSpec spec, SliceLayout? layout, SliceBaselines baselines)
    {
        var judged = 0;
        var tests = 0;
        for (var slice = 0; slice < table.Slices.Count; slice++)
        {
            if (totals.LabelledOf(slice).Count >= spec.MinSamples) judged++;
            if (IsTested(totals, slice, spec, layout, baselines)) tests += layout!.Columns.Count;
        }
        var scores = new List<(SliceScore Score, double Badness)>();
        var baseline = new long[table.Slices.Count * (layout?.Cells ?? 0)];
        baselines.AddTo(baseline);
        for (var slice = 0; slice < table.Slices.Count; slice++)
        {
            if (totals.Of(slice)[SliceCounters.Predictions] == 0 && totals.LabelledOf(slice).Count == 0) continue;
            var (segment, value) = table.Slices[slice];
            var score = Describe(table.Keys[segment], value, totals.Of(slice), spec);
            score = WithPerformance(score, totals, slice, whole, spec, judged, out var badness);
            scores.Add((WithDrift(score, totals, slice, spec, layout, baselines, baseline, tests), badness));
        }
        return [.. scores
            .OrderByDescending(s => s.Score.Worse == true).ThenByDescending(s => s.Score.Verdict == Verdict.Drifted).ThenByDescending(s => s.Badness)
            .ThenByDescending(s => s.Score.Predictions).ThenBy(s => s.Score.Segment, StringComparer.Ordinal).ThenBy(s => s.Score.Value, StringComparer.Ordinal)
            .Select(s => s.Score)];
    }

    private static SliceScore Describe(string segment, string value, ReadOnlySpan<long> counters, ModelSpec spec)
    {
        var predictions = counters[SliceCounters.Predictions];
        var confident = counters[SliceCounters.Confident];
        var latencies = counters[SliceCounters.LatencyCount];
        return new SliceScore(
            segment, value, predictions, counters[SliceCounters.Errors],
            latencies == 0 ? null : counters[SliceCounters.LatencyMicros] / 1e6 / latencies,
            confident < spec.MinSamples ? null : FixedPoint.Mean(counters[SliceCounters.ConfidenceSum], confident),
            confident < spec.MinSamples ? null : (double)counters[SliceCounters.LowConfidence] / confident,
            Labelled: counters[SliceCounters.Labelled], Accuracy: null, Precision: null, Recall: null, F1: null, Mae: null, Rmse: null,
            Difference: null, DifferenceLower: null, DifferenceUpper: null, Worse: null, Verdict: Verdict.TooFewSamples, Drift: []);
    }

    private static SliceScore WithPerformance(SliceScore score, SliceTotals totals, int slice, in Labelled whole, ModelSpec spec, int judged, out double badness)
    {
        badness = double.NegativeInfinity;
        var own = totals.LabelledOf(slice);
        score = score with { Labelled = own.Count };
        if (own.Count < spec.MinSamples) return score;
        var rest = whole.Less(own);
        if (spec.Task == TaskKind.Regression)
        {
            score = score with { Mae = Statistics.Score.OrNull(own.Mean), Rmse = Statistics.Score.OrNull(Math.Sqrt(own.SumOfSquares / own.Count)) };
            if (rest.Count < spec.MinSamples) return score;
            var z = Normal.InvCDF(0, 1, 1 - (Error / judged / 2));
            var half = z * Math.Sqrt((own.Variance / own.Count) + (rest.Variance / rest.Count));
            var difference = own.Mean - rest.Mean;
            if (!double.IsFinite(difference) || !double.IsFinite(half)) return score;
            badness = rest.Mean > 0 ? (difference - half) / rest.Mean : difference - half;
            return score with { Difference = difference, DifferenceLower = difference - half, DifferenceUpper = difference + half, Worse = difference - half > 0 };
        }
        var counters = totals.Of(slice);
        score = score with { Accuracy = own.Mean };
        if (spec.Task == TaskKind.Binary)
        {
            double right = counters[SliceCounters.TruePositive], predicted = counters[SliceCounters.PredictedPositive], actual = counters[SliceCounters.ActualPositive];
            score = score with { Precision = predicted == 0 ? 0 : right / predicted, Recall = actual == 0 ? 0 : right / actual, F1 = predicted + actual == 0 ? 0 : 2 * right / (predicted + actual) };
        }
        if (rest.Count < spec.MinSamples || ProportionDifference.Of((long)own.Sum, own.Count, (long)rest.Sum, rest.Count, Error / judged) is not { } interval) return score;
        badness = -interval.Upper;
        return score with { Difference = interval.Value, DifferenceLower = interval.Lower, DifferenceUpper = interval.Upper, Worse = interval.Upper < 0 };
    }

    private static bool IsTested(SliceTotals totals, int slice, ModelSpec spec, SliceLayout? layout, SliceBaselines baselines) =>
        layout is not null && baselines.IsComplete(slice) && totals.Of(slice)[SliceCounters.Predictions] >= spec.MinSamples;

    private static SliceScore WithDrift(SliceScore score, SliceTotals totals, int slice, ModelSpec spec, SliceLayout? layout, SliceBaselines baselines, long[] baseline, int tests)
    {
        if (score.Predictions < spec.MinSamples) return score;
        if (!IsTested(totals, slice, spec, layout, baselines)) return score with { Verdict = Verdict.NoReference };
        var columns = new List<SliceDrift>();
        foreach (var column in layout!.Columns)
        {
            var start = (slice * layout.Cells) + column.Start;
            ReadOnlySpan<long> then = baseline.AsSpan(start, column.Cells.Cells), now = totals.Columns.AsSpan(start, column.Cells.Cells);
            if (ChiSquareContingency.Test(then, now) is not { } test) continue;
            var p = Math.Min(1, test.PValue * tests);
            var psi = Math.Max(0, (HistogramDistance.PopulationStabilityIndex(then, now) ?? 0) - (test.DegreesOfFreedom * ((1.0 / Sum(then)) + (1.0 / Sum(now)))));
            columns.Add(new SliceDrift(column.Slot.Reference.Name, column.Slot.Reference.Role, psi, p, p < spec.Thresholds.Drift.PValue && psi > spec.Thresholds.Drift.Psi));
        }
        return score with
        {
            Verdict = columns.Exists(c => c.Drifted) ? Verdict.Drifted : Verdict.Quiet,
            Drift = [.. columns.OrderByDescending(c => c.Drifted).ThenByDescending(c => c.Psi).Take(MostColumns)],
        };
    }

    private static long Sum(ReadOnlySpan<long> counts)
    {
        var sum = 0L;
        foreach (var count in counts) sum += count;
        return sum;
    }
}

/// <summary>Labelled predictions as a mean is made of them: hits (0 or 1 each) of a classifier, absolute errors of a regression.</summary>
internal readonly record struct Labelled(long Count, double Sum, double SumOfSquares)
{
    public double Mean => Sum / Count;

    /// <summary>Of one prediction.</summary>
    public double Variance => Math.Max(0, (SumOfSquares / Count) - (Mean * Mean));

    public Labelled Less(in Labelled part) => new(Count - part.Count, Sum - part.Sum, SumOfSquares - part.SumOfSquares);

    public static Labelled Of(in RegressionSums sums) => new(sums.Count, sums.AbsoluteSum, sums.SquaredSum);
}
