using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>A replay in sentences: when what began, what it did to the model, what was judged by, and what was left out.</summary>
internal static class ReportSummary
{
    private const int MaxNamed = 5;

    /// <summary>With a larger share of the rows left out the rest may be another model's than the whole.</summary>
    private const double MuchRejected = 0.1;

    public static IEnumerable<string> Lines(ReplayReport report) =>
    [
        .. Overview(report), .. Drift(report), .. Performance(report), .. Estimate(report), .. Changes(report), .. Segments(report), .. OtherAlerts(report),
        .. Thresholds(report), .. Differences(report), .. Rejected(report), .. Speed(report),
    ];

    private static IEnumerable<string> Overview(ReplayReport report)
    {
        var rows = report.Chunks.Sum(c => c.Count);
        var leftOut = LeftOut(report.Rejected, rows + (report.ReferenceIsFile ? 0 : report.Reference.Rows));
        var ofReference = LeftOut(report.Reference.Rejected, report.Reference.Rows);
        yield return Text($"{report.Model}: {rows:N0} rows{leftOut} in {Counted(report.Chunks.Count, "chunk")} against a reference of {report.Reference.Rows:N0} rows{ofReference}.");
        if (report.Chunks.Count == 0 && report.Reference.Rows > 0)
        {
            yield return report.ReferenceIsFile ? "The file has no row that could be read."
                : "There is no row behind the reference's: --reference FILE gives one of its own, --reference-rows N makes it shorter.";
        }
        if (report.Reference.Rows == 0) yield return "The reference is empty: there is nothing to compare with.";
        foreach (var note in report.Notes) yield return Text($"Note: {note}.");
    }

    private static IEnumerable<string> Drift(ReplayReport report)
    {
        if (report.Chunks.Count == 0) yield break;
        ChunkReport[] drifted = [.. report.Chunks.Where(c => c.Verdict == Verdict.Drifted)];
        if (drifted.Length == 0)
        {
            var judged = report.Chunks.Count(c => c.Verdict == Verdict.Quiet);
            var reason = report.Reference.Rows == 0 ? "there is no reference" : Text($"each has fewer than {report.MinSamples} values");
            yield return judged == 0 ? $"No chunk could be judged: {reason}." : judged == 1 ? "No feature drifts in the chunk that was judged."
                : Text($"No feature drifts in any of the {judged:N0} chunks that were judged.");
            yield break;
        }
        var first = drifted[0];
        var when = first.StartTime is null ? "" : $", {ReportTable.Time(first.StartTime)}";
        ColumnReport[] worst = [.. ReportTable.Worst(first, report.Thresholds.Drift).Where(c => c.Monitored.Drifted)];
        var names = Named([.. worst.Select(c => $"{c.Column} ({ReportTable.Statistics(c.Shown)})")]);
        yield return Text($"Drift starts at chunk {first.Index} (rows {first.Start:N0}–{first.End:N0}{when}): {names}.");
        yield return drifted.Length == 1 ? Text($"Of {Counted(report.Chunks.Count, "chunk")} it is the only one that has drifted.")
            : LastsToTheEnd(report) ? Text($"It lasts to the end: {drifted.Length:N0} of {report.Chunks.Count:N0} chunks have drifted.")
            : Text($"{drifted.Length:N0} of {report.Chunks.Count:N0} chunks have drifted: chunks {Ranges(drifted.Select(c => c.Index))}.");
        string[] later = [.. drifted.SelectMany(c => c.Features).Where(c => c.Monitored.Drifted).Select(c => c.Column).Distinct().Except(worst.Select(c => c.Column))];
        if (later.Length > 0) yield return $"Later also {Named(later)}.";
    }

    /// <summary>Before and since the first drift, or where it ends again, in the drifted chunks and in the others; without a drift, over all.</summary>
    private static IEnumerable<string> Performance(ReplayReport report)
    {
        var regression = report.Task == TaskKind.Regression;
        var name = regression ? "The mean absolute error" : "Accuracy";
        var drifted = Mean(report.Chunks.Where(c => c.Verdict == Verdict.Drifted), regression);
        var others = Mean(report.Chunks.Where(c => c.Verdict != Verdict.Drifted), regression);
        if (drifted.Labelled + others.Labelled == 0)
        {
            if (report.Chunks.Any(c => c.Performance.Labelled > 0)) yield return Text($"No chunk has {report.MinSamples} labelled rows, so performance is not known.");
            else if (report.Chunks.Count > 0) yield return "No row has a label, so performance is not known.";
        }
        else if (drifted.Labelled == 0 || others.Labelled == 0)
        {
            var all = drifted.Labelled == 0 ? others : drifted;
            yield return Text($"{name} is {ReportTable.Number(all.Value)} over {all.Labelled:N0} labelled rows{Compared(report)}.");
        }
        else
        {
            // For an accuracy two standard errors of the difference; for an error a tenth.
            var noise = regression ? 0.1 * others.Value : 2 * Math.Sqrt((Variance(others) / others.Labelled) + (Variance(drifted) / drifted.Labelled));
            var verb = drifted.Value > others.Value + noise ? "rose" : drifted.Value < others.Value - noise ? "fell" : "stayed about the same";
            var (with, without) = (ReportTable.Number(drifted.Value), ReportTable.Number(others.Value));
            var values = LastsToTheEnd(report) ? $"{without} before, {with} since" : $"{with} in the drifted chunks, {without} in the others";
            yield return $"{name} {verb} with the drift: {values}{Compared(report)}.";
        }
        if (report.Chunks.Count > 2 && WorstChunk(report) is var (worst, value))
        {
            yield return Text($"It is worst in chunk {worst.Index} (rows {worst.Start:N0}–{worst.End:N0}): {ReportTable.Number(value)}.");
        }
        if (report.Reference.Mae is not null && report.Chunks.Any(c => c.Performance.Regression is not null))
        {
            int[] beyond = [.. report.Chunks.Where(c => Beyond(report.Reference, c.Performance)).Select(c => c.Index)];
            yield return $"It differs from the reference's beyond chance and by more than a tenth in {(beyond.Length == 0 ? "no chunk" : Chunks(beyond))}.";
        }
    }

    private static bool Beyond(ReferenceReport reference, PerformanceScore performance) =>
        performance.Regression?.Mae is { } mae && reference.ErrorRange(performance.Labelled) is var (lower, upper) && (mae < lower || mae > upper);

    /// <summary>Whether every chunk has drifted since the first that has.</summary>
    private static bool LastsToTheEnd(ReplayReport report) => report.Chunks.SkipWhile(c => c.Verdict != Verdict.Drifted).All(c => c.Verdict == Verdict.Drifted);

    /// <summary>What the scores alone would have said, and since when the labels contradict it.</summary>
    private static IEnumerable<string> Estimate(ReplayReport report)
    {
        ChunkReport[] estimated = [.. report.Chunks.Where(c => c.Estimate?.Accuracy is not null)];
        if (estimated.Length == 0) yield break;
        var lowest = estimated.MinBy(c => c.Estimate!.Accuracy)!;
        var mean = estimated.Sum(c => c.Estimate!.Accuracy!.Value * c.Count) / estimated.Sum(c => c.Count);
        yield return $"Estimated without labels, accuracy is {ReportTable.Number(mean)}, lowest in chunk {lowest.Index} ({ReportTable.Number(lowest.Estimate!.Accuracy)}).";
        int[] untrusted = [.. estimated.Where(c => c.Estimate!.Trusted == false).Select(c => c.Index)];
        if (untrusted.Length == 0) yield break;
        yield return $"The estimate is not to be trusted in {Chunks(untrusted)}: labels before contradict it.";
    }

    /// <summary>Among the chunks with labels enough to be judged; null where they are all alike.</summary>
    private static (ChunkReport Chunk, double Value)? WorstChunk(ReplayReport report)
    {
        var regression = report.Task == TaskKind.Regression;
        (ChunkReport Chunk, double Value)[] judged = [.. report.Chunks.Where(c => Metric(c, regression) is not null).Select(c => (c, Metric(c, regression)!.Value))];
        if (judged.Select(c => c.Value).Distinct().Count() < 2) return null;
        return regression ? judged.MaxBy(c => c.Value) : judged.MinBy(c => c.Value);
    }

    private static double? Metric(ChunkReport chunk, bool regression) => regression ? chunk.Performance.Regression?.Mae : chunk.Performance.Classification?.Accuracy;

    /// <summary>A line for each detector and stream.</summary>
    private static IEnumerable<string> Changes(ReplayReport report)
    {
        foreach (var found in (report.Changes ?? []).GroupBy(c => (c.Detector, c.On)))
        {
            var rows = Named([.. found.Select(c => Text($"{c.Index:N0}"))]);
            var count = found.Count() == 1 ? "a change" : Text($"{found.Count():N0} changes");
            yield return Text($"{DetectorSpec.Name(found.Key.Detector)} finds {count} of {found.Key.On} at row{(found.Count() == 1 ? "" : "s")} {rows}.");
        }
    }

    private static string Compared(ReplayReport report) => (report.Reference.Accuracy ?? report.Reference.Mae) is { } value ? $" (reference {ReportTable.Number(value)})" : "";

    private static double Variance((double Value, long Labelled) share) => share.Value * (1 - share.Value);

    private static (double Value, long Labelled) Mean(IEnumerable<ChunkReport> chunks, bool regression)
    {
        var sum = 0.0;
        var labelled = 0L;
        foreach (var chunk in chunks)
        {
            if (Metric(chunk, regression) is not { } value) continue;
            sum += value * chunk.Performance.Labelled;
            labelled += chunk.Performance.Labelled;
        }
        return (labelled == 0 ? 0 : sum / labelled, labelled);
    }

    private static IEnumerable<string> OtherAlerts(ReplayReport report) => report.Chunks
        .SelectMany(c => c.Alerts.Select(alert => (c.Index, Alert: alert)))
        .Where(a => ReportTable.Kind(a.Alert) != "drift")
        .GroupBy(a => Subject(a.Alert))
        .Select(group => $"Alert {group.Key} in {Chunks([.. group.Select(a => a.Index)])}; the first: {group.First().Alert}.");

    /// <summary>"accuracy", or "missing: amount": what an alert is about, without its numbers.</summary>
    private static string Subject(string alert) =>
        ReportTable.Kind(alert) is var kind and not "missing" ? kind : alert[..alert.LastIndexOf(" (", StringComparison.Ordinal)];

    /// <summary>The slices that are surely worse than the rest, by how many chunks say so.</summary>
    private static IEnumerable<string> Segments(ReplayReport report)
    {
        if (report.Chunks.All(c => c.Segments is null)) yield break;
        var worse = (
            from chunk in report.Chunks
            from slice in chunk.Segments ?? []
            where slice.Worse == true
            group (chunk.Index, Slice: slice) by (slice.Segment, slice.Value) into chunks
            orderby chunks.Count() descending, chunks.Max(c => Math.Abs(c.Slice.Difference!.Value)) descending
            select chunks).ToArray();
        if (worse.Length == 0)
        {
            yield return "No slice is surely worse than the rest.";
            yield break;
        }
        var score = report.Task == TaskKind.Regression ? "mean absolute error" : "accuracy";
        yield return Text($"Slices surely worse than the rest ({worse.Length:N0}):");
        foreach (var chunks in worse.Take(MaxNamed))
        {
            var (index, slice) = chunks.MaxBy(c => Math.Abs(c.Slice.Difference!.Value));
            var range = $"{ReportTable.Number(slice.DifferenceLower)} to {ReportTable.Number(slice.DifferenceUpper)}";
            var where = Text($"{chunks.Key.Segment} = {chunks.Key.Value} in {Chunks([.. chunks.Select(c => c.Index)])}");
            var worstOf = Text($"in chunk {index} {score} {ReportTable.Number(slice.Accuracy ?? slice.Mae)} over {slice.Labelled:N0} labelled rows");
            yield return $"  {where}: {worstOf}, {ReportTable.Number(slice.Difference)} from the others' ({range}).";
        }
    }

    private static IEnumerable<string> Thresholds(ReplayReport report)
    {
        var (thresholds, drift) = (report.Thresholds, report.Thresholds.Drift);
        var large = Text($"KS > {drift.Ks} or PSI > {drift.Psi} (of categories: PSI > {drift.Psi})");
        yield return Text($"Drift is {large} with p < {drift.PValue}, over at least {report.MinSamples} values.");
        if (report.Task == TaskKind.Regression)
        {
            if (report.Reference.Mae is null && report.Chunks.Any(c => c.Performance.Labelled > 0)) yield return "The reference has no labels: residuals are judged by the first ones of the file.";
            yield break;
        }
        var accuracy = thresholds.Accuracy == 0 ? "Accuracy is not judged" : Text($"Accuracy is bad below {thresholds.Accuracy:0.0000}");
        if (thresholds.Accuracy > 0 && report.AccuracyDerived) accuracy += ", the reference's less 0.05";
        var confidence = thresholds.Confidence == 0 ? "confidence is not judged" : Text($"mean confidence below {thresholds.Confidence:0.0000}");
        if (thresholds.Confidence > 0 && report.ConfidenceDerived) confidence += ", the reference's less 0.1";
        yield return $"{accuracy}; {confidence}.";
    }

    private static IEnumerable<string> Differences(ReplayReport report)
    {
        Difference[] differences = [.. report.Differences];
        if (differences.Length == 0) yield break;
        var first = differences[0];
        static string Verdict(bool drifted) => drifted ? "drifted" : "quiet";
        var often = differences.Length == 1 ? "Once" : Text($"{differences.Length:N0} times");
        yield return $"{often} the exact statistics judge a column otherwise than the monitor, which counts in bins:";
        yield return Text($"  first {first.Feature} in chunk {first.Chunk} (exact {Verdict(first.Exact)}, monitor {Verdict(first.Monitor)}).");
    }

    private static IEnumerable<string> Rejected(ReplayReport report)
    {
        if (report.Rejected > 0) yield return $"{Rows(report.Rejected)} left out:";
        if (report.Reference.Rejected > 0) yield return $"Of the reference {Rows(report.Reference.Rejected)} left out:";
        foreach (var example in report.Examples) yield return $"  {example}";
    }

    private static IEnumerable<string> Speed(ReplayReport report)
    {
        if (report.RowsPerSecond is not { } rate) yield break;
        yield return Text($"{report.Elapsed.TotalSeconds:0.00} s, {rate:N0} rows a second, reference and exact statistics included.");
    }

    /// <summary>" (1,982 more, 66 %, were left out)" where it is much.</summary>
    private static string LeftOut(long rejected, long taken) =>
        rejected <= MuchRejected * (rejected + taken) ? "" : Text($" ({rejected:N0} more, {100.0 * rejected / (rejected + taken):0} %, were left out)");

    private static string Counted(int count, string noun) => Text($"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>"chunk 3", "chunks 5–9, 12".</summary>
    private static string Chunks(int[] indices) => $"{(indices.Distinct().Count() == 1 ? "chunk" : "chunks")} {Ranges(indices)}";

    private static string Rows(long count) => count == 1 ? "1 row was" : Text($"{count:N0} rows were");

    private static string Named(string[] names) =>
        names.Length <= MaxNamed ? string.Join(", ", names) : Text($"{string.Join(", ", names[..MaxNamed])} and {names.Length - MaxNamed} more");

    /// <summary>"5–9, 12".</summary>
    private static string Ranges(IEnumerable<int> ascending)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (var index in ascending)
        {
            if (ranges.Count > 0 && ranges[^1].Last == index) continue;
            if (ranges.Count > 0 && ranges[^1].Last == index - 1) ranges[^1] = (ranges[^1].First, index);
            else ranges.Add((index, index));
        }
        var texts = ranges.Select(r => r.First == r.Last ? Text($"{r.First}") : Text($"{r.First}–{r.Last}")).ToArray();
        return Named(texts);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
