using System.Globalization;
using FleetMonitor.Core;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using Spectre.Console;

namespace FleetMonitor.Cli.Replay;

/// <summary>The table over a replay's chunks.</summary>
internal static class ReportTable
{
    /// <summary>More chunks than this are shown from both ends.</summary>
    private const int MaxRows = 200;

    private const int WorstFeatures = 2;

    public static void Write(ReplayReport report, IAnsiConsole console)
    {
        if (report.Chunks.Count == 0) return;
        var times = report.Chunks[0].StartTime is not null;
        var regression = report.Task == TaskKind.Regression;
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("chunk").RightAligned());
        table.AddColumn(new TableColumn("rows").RightAligned().NoWrap());
        if (times) table.AddColumn(new TableColumn("time").NoWrap());
        table.AddColumn(new TableColumn(regression ? "MAE" : "accuracy").RightAligned());
        table.AddColumn(new TableColumn(regression ? "R²" : "F1").RightAligned());
        if (!regression) table.AddColumn(new TableColumn("confidence").RightAligned());
        table.AddColumn("worst features");
        table.AddColumn("verdict");
        for (var i = 0; i < report.Chunks.Count; i++)
        {
            if (report.Chunks.Count > MaxRows && i == MaxRows / 2)
            {
                table.AddRow("…");
                i = report.Chunks.Count - (MaxRows / 2);
            }
            table.AddRow([.. Cells(report, report.Chunks[i], times, regression)]);
        }
        console.Write(table);
    }

    private static IEnumerable<string> Cells(ReplayReport report, ChunkReport chunk, bool times, bool regression)
    {
        yield return chunk.Index.ToString(CultureInfo.InvariantCulture);
        yield return string.Create(CultureInfo.InvariantCulture, $"{chunk.Start:N0}–{chunk.End:N0}");
        if (times) yield return $"{Time(chunk.StartTime)} – {Time(chunk.EndTime)}";
        yield return Number(regression ? chunk.Performance.Regression?.Mae : chunk.Performance.Classification?.Accuracy);
        yield return Number(regression ? chunk.Performance.Regression?.R2 : chunk.Performance.Classification?.F1);
        if (!regression) yield return Number(chunk.Confidence?.Mean);
        yield return string.Join(", ", Worst(chunk, report.Thresholds.Drift).Take(WorstFeatures).Select(c => Markup.Escape($"{c.Column} {Statistics(c.Shown)}")));
        yield return Verdict(chunk);
    }

    /// <summary>The chunk's features, those furthest beyond their thresholds first.</summary>
    public static IEnumerable<ColumnReport> Worst(ChunkReport chunk, DriftThresholds thresholds) => chunk.Features
        .OrderByDescending(c => c.Monitored.Drifted)
        .ThenByDescending(c => Math.Max((c.Shown.Ks ?? 0) / Math.Max(thresholds.Ks, 1e-9), (c.Shown.Psi ?? 0) / thresholds.Psi));

    /// <summary>"KS 0.41, PSI 0.97", as far as they exist.</summary>
    public static string Statistics(ColumnScore score) => string.Join(' ', new[]
    {
        score.Ks is { } ks ? string.Create(CultureInfo.InvariantCulture, $"KS {ks:0.000}") : null,
        score.Psi is { } psi ? string.Create(CultureInfo.InvariantCulture, $"PSI {psi:0.000}") : null,
    }.Where(text => text is not null).DefaultIfEmpty("–"));

    private static string Verdict(ChunkReport chunk)
    {
        var verdict = chunk.Verdict switch
        {
            Core.Scores.Verdict.Drifted => $"[red]drifted[/] ({chunk.Features.Count(c => c.Monitored.Drifted)})",
            Core.Scores.Verdict.Quiet => "[green]quiet[/]",
            Core.Scores.Verdict.TooFewSamples => "[yellow]too few samples[/]",
            _ => "[grey]no reference[/]",
        };
        // What drifted is told already.
        string[] others = [.. chunk.Alerts.Where(a => !a.StartsWith("drift:", StringComparison.Ordinal)).Select(a => Markup.Escape(a[..a.IndexOf(':', StringComparison.Ordinal)])).Distinct()];
        return others.Length == 0 ? verdict : $"{verdict} [red]{string.Join(", ", others)}[/]";
    }

    public static string Time(long? micros) => micros is { } time ? UnixTime.ToDateTime(time).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "";

    public static string Number(double? value) => value is not { } number ? "–"
        : Math.Abs(number) is 0 or (>= 1e-3 and < 1e5) ? number.ToString("0.0000", CultureInfo.InvariantCulture) : number.ToString("G4", CultureInfo.InvariantCulture);
}
