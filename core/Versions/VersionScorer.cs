using FleetMonitor.Core.Comparisons;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;
using FleetMonitor.Core.Windows;
using MathNet.Numerics.Distributions;

namespace FleetMonitor.Core.Versions;

/// <summary>Scores a window's versions, and judges each against the champion.</summary>
/// <remarks>
/// What is better is said by evidence that may be looked at at any time (<see cref="CountSequence"/>, <see cref="MeanSequence"/>), since people look
/// daily; the window's own difference and interval stand beside it and are for one look.
/// Versions are compared pair by pair where at least half of what the rarer one has labelled was answered by both, otherwise as two samples. With k
/// challengers each interval is at 0.05/k (Bonferroni). O(panes).
/// </remarks>
internal static class VersionScorer
{
    private const double Error = 0.05;

    public static VersionScores Score(VersionScores head, VersionWatch watch, IEnumerable<Pane> panes, ModelSpec spec)
    {
        var totals = new VersionTotals(panes);
        int[] slots = [.. watch.Versions.InOrder];
        var all = slots.Sum(slot => totals.Of(slot)[VersionCounters.Predictions]);
        var versions = slots.Select(slot => Describe(watch.Versions[slot]!, totals, slot, all, spec, head.Champion)).ToList();
        var champion = Array.Find(slots, slot => watch.Versions[slot]!.Name == head.Champion);
        if (slots.Length == 0 || watch.Versions[champion]?.Name != head.Champion) return head with { Versions = versions, Note = "no prediction of the champion has been seen" };
        var error = Error / Math.Max(1, slots.Length - 1);
        var comparisons = slots.Where(slot => slot != champion).Select(slot => Compare(watch, totals, slot, champion, spec, error)).ToList();
        return head with { Versions = versions, Comparisons = comparisons, Better = Best(head.Champion!, comparisons), Note = slots.Length == 1 ? "only one version has been seen" : null };
    }

    private static string? Best(string champion, List<VersionComparison> comparisons)
    {
        var better = comparisons.Where(c => c.Better == c.Version).MaxBy(c => Math.Abs(c.Evidence!.Difference));
        return better is not null ? better.Version : comparisons.Count > 0 && comparisons.TrueForAll(c => c.Better == champion) ? champion : null;
    }

    private static VersionScore Describe(VersionEntry entry, VersionTotals totals, int slot, long all, ModelSpec spec, string? champion)
    {
        var counters = totals.Of(slot);
        long predictions = counters[VersionCounters.Predictions], labelled = counters[VersionCounters.Labelled];
        var regression = spec.Task == TaskKind.Regression;
        return new VersionScore(
            entry.Name, entry.Name == champion, UnixTime.ToDateTime(entry.First), UnixTime.ToDateTime(entry.Last), entry.Predictions, predictions, all == 0 ? null : (double)predictions / all,
            counters[VersionCounters.Errors],
            predictions < spec.MinSamples ? null : Share(counters[VersionCounters.Errors], predictions),
            totals.Latency(slot) is var latency && latency.Count < spec.MinSamples ? null : MeanDifference.Mean(latency, Error),
            totals.Confidence(slot) is var confidence && confidence.Count < spec.MinSamples ? null : MeanDifference.Mean(confidence, Error),
            labelled,
            regression || labelled < spec.MinSamples ? null : Share(counters[VersionCounters.Correct], labelled),
            !regression || labelled < spec.MinSamples ? null : MeanDifference.Mean(totals.AbsoluteErrors(slot), Error));
    }

    private static Interval Share(long part, long whole) => ProportionDifference.Wilson(part, whole, Error);

    private static VersionComparison Compare(VersionWatch watch, VersionTotals totals, int challenger, int champion, ModelSpec spec, double error)
    {
        var (name, against) = (watch.Versions[challenger]!.Name, watch.Versions[champion]!.Name);
        var regression = spec.Task == TaskKind.Regression;
        ReadOnlySpan<long> own = totals.Of(challenger), other = totals.Of(champion);
        var pairs = totals.Pairs(challenger, champion);
        var labelled = Math.Min(own[VersionCounters.Labelled], other[VersionCounters.Labelled]);
        var paired = IsPaired(pairs.Count, labelled);
        var enough = (paired ? pairs.Count : labelled) >= spec.MinSamples;
        TestedDifference? window = !enough ? null
            : regression ? (paired ? MeanDifference.Paired(totals.Differences(challenger, champion), error) : MeanDifference.Welch(totals.AbsoluteErrors(challenger), totals.AbsoluteErrors(champion), error))
            : paired ? Tested(PairedProportions.Of(pairs, error), McNemar.Exact(pairs.OnlyFirst, pairs.OnlySecond))
            : Proportions(own[VersionCounters.Correct], own[VersionCounters.Labelled], other[VersionCounters.Correct], other[VersionCounters.Labelled], error);
        var evidence = Evidence(watch, challenger, champion, regression, error);
        return new VersionComparison(
            name, against, paired ? ComparedTraffic.Paired : ComparedTraffic.Split, regression ? "mae" : "accuracy", Better(evidence, regression, name, against),
            window?.Value, window?.Lower, window?.Upper, window?.PValue, enough && paired && !regression ? McNemar.MidP(pairs.OnlyFirst, pairs.OnlySecond) : null, paired && !regression ? pairs : null, evidence,
            Enough(own, other, VersionCounters.Predictions, spec) ? Proportions(own[VersionCounters.Errors], own[VersionCounters.Predictions], other[VersionCounters.Errors], other[VersionCounters.Predictions], error) : null,
            Enough(own, other, VersionCounters.LatencyCount, spec) ? MeanDifference.Welch(totals.Latency(challenger), totals.Latency(champion), error) : null,
            Enough(own, other, VersionCounters.Confident, spec) ? MeanDifference.Welch(totals.Confidence(challenger), totals.Confidence(champion), error) : null);
    }

    private static bool IsPaired(long pairs, long labelled) => pairs > 0 && pairs * 2 >= labelled;

    private static bool Enough(ReadOnlySpan<long> own, ReadOnlySpan<long> other, int counter, ModelSpec spec) => own[counter] >= spec.MinSamples && other[counter] >= spec.MinSamples;

    private static string? Better(VersionEvidence? evidence, bool regression, string name, string against)
    {
        if (evidence is null) return null;
        var sign = evidence.Lower > 0 ? 1 : evidence.Upper < 0 ? -1 : 0;
        return sign == 0 ? null : sign > 0 != regression ? name : against;
    }

    private static VersionEvidence? Evidence(VersionWatch watch, int challenger, int champion, bool regression, double error)
    {
        ref readonly var race = ref watch.RaceOf(VersionPair.Of(challenger, champion));
        var isFirst = challenger < champion;
        var paired = IsPaired(race.Pairs.Count, Math.Min(race.First, race.Second));
        var samples = paired ? race.Pairs.Count : race.First + race.Second;
        // The challenger first, whichever slots they have.
        var pairs = isFirst ? race.Pairs : race.Pairs with { OnlyFirst = race.Pairs.OnlySecond, OnlySecond = race.Pairs.OnlyFirst };
        var (ownRight, own, otherRight, other) = isFirst ? (race.FirstRight, race.First, race.SecondRight, race.Second) : (race.SecondRight, race.Second, race.FirstRight, race.First);
        var (ownErrors, otherErrors) = isFirst ? (race.FirstErrors.Sample, race.SecondErrors.Sample) : (race.SecondErrors.Sample, race.FirstErrors.Sample);
        var differences = race.Differences.Sample;
        var found = (regression, paired) switch
        {
            (false, true) => CountSequence.Paired(pairs, error),
            (false, false) => CountSequence.TwoSamples(ownRight, own, otherRight, other, error),
            (true, true) => MeanSequence.Paired(isFirst ? differences : differences with { Mean = -differences.Mean }, error),
            _ => MeanSequence.TwoSamples(ownErrors, otherErrors, error),
        };
        if (found is not { } sequence) return null;
        var (value, lower, upper) = (sequence.Value, sequence.Lower, sequence.Upper);
        return new VersionEvidence(UnixTime.ToDateTime(race.Since), paired ? ComparedTraffic.Paired : ComparedTraffic.Split, samples, value, lower, upper, sequence.LogE / Math.Log(10), !regression);
    }

    private static TestedDifference? Tested(Interval? interval, double p) => interval is { } found ? new TestedDifference(found.Value, found.Lower, found.Upper, p) : null;

    /// <summary>
    /// Two independent shares: Newcombe's interval, and the χ² test of equal ones (with the pooled share, as statsmodels' proportions_ztest).
    /// </summary>
    private static TestedDifference? Proportions(long hits1, long n1, long hits2, long n2, double error)
    {
        if (ProportionDifference.Of(hits1, n1, hits2, n2, error) is not { } interval) return null;
        var pooled = (double)(hits1 + hits2) / (n1 + n2);
        var deviation = Math.Sqrt(pooled * (1 - pooled) * ((1.0 / n1) + (1.0 / n2)));
        return Tested(interval, deviation == 0 ? 1 : 2 * Normal.CDF(0, 1, -Math.Abs(interval.Value / deviation)));
    }
}
