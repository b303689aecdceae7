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

    /// <summary>Below so many characters, times and the second score are left out.</summary>
    private const int Narrow = 120;

    public static void Write(ReplayReport report, IAnsiConsole console)
    {
        if (report.Chunks.Count == 0) return;
        Column[] columns = [.. Columns(report, console.Profile.Width < Narrow)];
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            var added = new TableColumn(column.Title);
            if (column.IsNumber) added.RightAligned();
            table.AddColumn(column.MayWrap ? added : added.NoWrap());
        }
        for (var i = 0; i < report.Chunks.Count; i++)
        {
            if (report.Chunks.Count > MaxRows && i == MaxRows / 2)
            {
                table.AddRow("…");
                i = report.Chunks.Count - (MaxRows / 2);
            }
            table.AddRow([.. columns.Select(column => column.Cell(report.Chunks[i]))]);
        }
        console.Write(table);
    }

    private static IEnumerable<Column> Columns(ReplayReport report, bool narrow)
    {
        yield return new Column("chunk", c => c.Index.ToString(CultureInfo.InvariantCulture), IsNumber: true);
        yield return new Column("rows", c => string.Create(CultureInfo.InvariantCulture, $"{c.Start:N0}–{c.End:N0}"), IsNumber: true);
        if (report.Chunks[0].StartTime is not null && !narrow) yield return new Column("time", c => $"{Time(c.StartTime)} – {Time(c.EndTime)}");
        if (report.Task == TaskKind.Regression)
        {
            yield return new Column("MAE", c => Number(c.Performance.Regression?.Mae), IsNumber: true);
            if (!narrow) yield return new Column("R²", c => Number(c.Performance.Regression?.R2), IsNumber: true);
        }
        else
        {
            yield return new Column("accuracy", c => Number(c.Performance.Classification?.Accuracy), IsNumber: true);
            if (!narrow && report.Chunks.Any(c => c.Estimate?.Accuracy is not null))
            {
                yield return new Column("estimated", c => c.Estimate?.Trusted == false ? $"[yellow]({Number(c.Estimate.Accuracy)})[/]" : Number(c.Estimate?.Accuracy), IsNumber: true);
            }
            if (!narrow) yield return new Column("F1", c => Number(c.Performance.Classification?.F1), IsNumber: true);
            yield return new Column("confidence", c => Number(c.Confidence?.Mean), IsNumber: true);
        }
        string Features(ChunkReport chunk)
        {
            var worst = Worst(chunk, report.Thresholds.Drift).Take(narrow ? 1 : 2);
            return string.Join(", ", worst.Select(f => Markup.Escape($"{f.Column} {Statistics(f.Shown)}")));
        }

        yield return new Column("worst features", Features, MayWrap: true);
        yield return new Column("verdict", Verdict);
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
        var verdict = Verdicts.Colored(chunk.Verdict);
        if (chunk.Verdict == Core.Scores.Verdict.Drifted) verdict += string.Create(CultureInfo.InvariantCulture, $" ({chunk.Features.Count(c => c.Monitored.Drifted)})");
        // What drifted is told already.
        string[] others = [.. chunk.Alerts.Select(Kind).Where(kind => kind != "drift").Distinct()];
        return others.Length == 0 ? verdict : $"{verdict} [red]{string.Join(", ", others)}[/]";
    }

    /// <summary>What stands before an alert's first colon: drift, missing, accuracy, confidence.</summary>
    public static string Kind(string alert) => alert[..alert.IndexOf(':', StringComparison.Ordinal)];

    public static string Time(long? micros) => micros is { } time ? UnixTime.ToDateTime(time).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "";

    public static string Number(double? value) => value is not { } number ? "–"
        : number.ToString(Math.Abs(number) is 0 or (>= 1e-3 and < 1e5) ? "0.0000" : Math.Abs(number) is >= 1e5 and < 1e12 ? "N0" : "G4", CultureInfo.InvariantCulture);

    private sealed record Column(string Title, Func<ChunkReport, string> Cell, bool IsNumber = false, bool MayWrap = false);
}
