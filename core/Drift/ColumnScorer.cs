using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Drift;

/// <summary>Scores one column of a window against its reference.</summary>
/// <remarks>
/// O(bins). Definitions: DriftThresholds for the verdict, <see cref="HistogramDistance"/>, <see cref="KolmogorovSmirnov"/> and <see cref="ChiSquareContingency"/> for the statistics, <see cref="ManyCategories"/> where categories share a bin.
/// </remarks>
internal static class ColumnScorer
{
    public static ColumnScore Score(ColumnSlot slot, ReadOnlySpan<long> counters, ReadOnlySpan<double> moments, DriftThresholds thresholds, int minSamples)
    {
        var column = counters.Slice(slot.CounterStart, slot.Counters);
        var bins = column[ColumnLayout.Bins..];
        var count = Sum(bins);
        var missing = column[ColumnLayout.Missing];
        var rows = count + missing;
        var reference = slot.Reference;
        var enough = rows >= minSamples;
        double? missingShare = enough ? (double)missing / rows : null;
        double? referenceMissing = reference.Rows == 0 ? null : (double)reference.Missing / reference.Rows;
        var missingChanged = missingShare is { } now && referenceMissing is { } then && Math.Abs(now - then) > thresholds.Missing
            && ChiSquareContingency.TwoProportions(missing, rows, reference.Missing, reference.Rows) < thresholds.PValue;
        var score = new ColumnScore(
            reference.Name, reference.Kind, reference.Role, Verdict.TooFewSamples, count, missingShare, referenceMissing,
            OutOfRange: slot.Numeric is null || count < minSamples ? null : (double)column[ColumnLayout.OutOfRange] / count,
            Unseen: null, TypeMismatches: column[ColumnLayout.TypeMismatch], Ks: null, KsP: null, Wasserstein: null, Chi2: null, Chi2P: null,
            Psi: null, Js: null, Hellinger: null, TotalVariation: null, LInfinity: null, Mean: null, Std: null, missingChanged, [.. slot.Unseen]);
        if (count < minSamples) return score;
        return slot.Numeric is { } numeric
            ? Numeric(score, numeric, bins, column, moments.Slice(slot.MomentStart, ColumnLayout.MomentCount), thresholds)
            : Categorical(score, slot, bins, thresholds);
    }

    private static ColumnScore Numeric(ColumnScore score, NumericReference reference, ReadOnlySpan<long> bins, ReadOnlySpan<long> column, ReadOnlySpan<double> moments, DriftThresholds thresholds)
    {
        var finite = score.Count - column[ColumnLayout.NegativeInfinite] - column[ColumnLayout.PositiveInfinite];
        score = score with { Mean = finite == 0 ? null : Statistics.Score.OrNull(reference.Mean + (moments[ColumnLayout.Sum] / finite)), Std = Deviation(moments, finite) };
        if (reference.Edges.IsEmpty) return score with { Verdict = Verdict.NoReference };

        var ks = HistogramDistance.KolmogorovSmirnov(reference.Counts, bins);
        double? p = ks is { } statistic ? KolmogorovSmirnov.PValueLimit(statistic, Sum(reference.Counts), score.Count) : null;
        var deciles = reference.DecileEdges.Length + 1;
        Span<long> referenceDeciles = stackalloc long[deciles], windowDeciles = stackalloc long[deciles];
        for (var bin = 0; bin < bins.Length; bin++)
        {
            referenceDeciles[reference.Deciles[bin]] += reference.Counts[bin];
            windowDeciles[reference.Deciles[bin]] += bins[bin];
        }
        var psi = HistogramDistance.PopulationStabilityIndex(referenceDeciles, windowDeciles);
        var drifted = p < thresholds.PValue && (ks > thresholds.Ks || psi > thresholds.Psi);
        return score with
        {
            Verdict = drifted ? Verdict.Drifted : Verdict.Quiet,
            Ks = ks,
            KsP = p,
            Wasserstein = BinnedWasserstein.Normalised(reference, bins, column, moments, finite),
            Psi = psi,
            Js = HistogramDistance.JensenShannonDistance(referenceDeciles, windowDeciles),
            Hellinger = HistogramDistance.Hellinger(referenceDeciles, windowDeciles),
            TotalVariation = HistogramDistance.TotalVariation(referenceDeciles, windowDeciles),
        };
    }

    private static ColumnScore Categorical(ColumnScore score, ColumnSlot slot, ReadOnlySpan<long> bins, DriftThresholds thresholds)
    {
        var reference = slot.Categorical!;
        var padded = new long[bins.Length];
        reference.Counts.CopyTo(padded);
        var unseen = reference.IsComplete ? Sum(bins[(reference.Counts.Length - 1)..]) : 0;
        score = score with { Unseen = reference.IsComplete ? (double)unseen / score.Count : null };
        if (Sum(padded) == 0) return score with { Verdict = Verdict.NoReference };

        var chi2 = reference.IsComplete && bins[slot.FirstUnknown] == 0 ? ChiSquareContingency.Test(padded, bins) : ManyCategories.Test(reference, bins);
        var psi = HistogramDistance.PopulationStabilityIndex(padded, bins);
        var drifted = chi2?.PValue < thresholds.PValue && psi > thresholds.Psi;
        return score with
        {
            Verdict = drifted ? Verdict.Drifted : Verdict.Quiet,
            Chi2 = chi2?.Statistic,
            Chi2P = chi2?.PValue,
            Psi = psi,
            Js = HistogramDistance.JensenShannonDistance(padded, bins),
            Hellinger = HistogramDistance.Hellinger(padded, bins),
            TotalVariation = HistogramDistance.TotalVariation(padded, bins),
            LInfinity = HistogramDistance.LInfinity(padded, bins),
        };
    }

    private static double? Deviation(ReadOnlySpan<double> moments, long count)
    {
        if (count == 0) return null;
        var mean = moments[ColumnLayout.Sum] / count;
        return Statistics.Score.OrNull(Math.Sqrt(Math.Max(0, (moments[ColumnLayout.SumOfSquares] / count) - (mean * mean))));
    }

    private static long Sum(ReadOnlySpan<long> counts)
    {
        var sum = 0L;
        foreach (var count in counts) sum += count;
        return sum;
    }
}
