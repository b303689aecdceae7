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

    /// <summary>Characters of a feature's name where there is little room.</summary>
    private const int ShortName = 20;

    public static void Write(ReplayReport report, IAnsiConsole console)
    {
        if (report.Chunks.Count == 0) return;
        IReadOnlyList<ChunkReport?> rows = report.Chunks;
        if (rows.Count > MaxRows) rows = [.. rows.Take(MaxRows / 2), null, .. rows.TakeLast(MaxRows / 2)];
        FittedTable.Write(console, rows, Columns(report));
    }

    private static IEnumerable<Column<ChunkReport>> Columns(ReplayReport report)
    {
        yield return new("chunk", c => c.Index.ToString(CultureInfo.InvariantCulture)) { IsNumber = true };
        yield return new("rows", c => string.Create(CultureInfo.InvariantCulture, $"{c.Start:N0}–{c.End:N0}")) { IsNumber = true, Importance = 90 };
        yield return new("time", c => c.StartTime is null ? "" : $"{Time(c.StartTime)} – {Time(c.EndTime)}")
        {
            Importance = 10,
            Short = new("from", c => Time(c.StartTime)) { Importance = 50 },
        };
        if (report.Task == TaskKind.Regression)
        {
            yield return new("MAE", c => Number(c.Performance.Regression?.Mae)) { IsNumber = true };
            yield return new("R²", c => Number(c.Performance.Regression?.R2)) { IsNumber = true, Importance = 30 };
        }
        else
        {
            yield return new("accuracy", c => Number(c.Performance.Classification?.Accuracy)) { IsNumber = true };
            yield return new("estimated", Estimated) { IsNumber = true, Importance = 60 };
            yield return new("F1", c => Number(c.Performance.Classification?.F1)) { IsNumber = true, Importance = 30 };
            yield return new("confidence", c => Number(c.Confidence?.Mean)) { IsNumber = true, Importance = 40 };
        }
        yield return new("worst features", c => string.Join(", ", Worst(c, report.Thresholds.Drift).Take(2).Select(f => Markup.Escape($"{f.Column} {Statistics(f.Shown)}"))))
        {
            Importance = 20,
            Short = new("worst feature", c => Worst(c, report.Thresholds.Drift).Select(f => Markup.Escape(Shortened(f))).FirstOrDefault("")),
        };
        yield return new("verdict", Verdict);
        yield return new("alerts", c => Alerts(c) is { Length: > 0 } kinds ? $"[red]{string.Join(", ", kinds)}[/]" : "")
        {
            Importance = 70,
            Short = new("alerts", c => Alerts(c) is { Length: > 0 } kinds ? string.Create(CultureInfo.InvariantCulture, $"[red]{kinds.Length}[/]") : "") { IsNumber = true },
        };
    }

    private static string Estimated(ChunkReport chunk) =>
        chunk.Estimate?.Trusted == false ? $"[yellow]({Number(chunk.Estimate.Accuracy)})[/]" : Number(chunk.Estimate?.Accuracy);

    private static string Shortened(ColumnReport feature)
    {
        var name = feature.Column.Length <= ShortName ? feature.Column : $"{feature.Column[..(ShortName - 1)]}…";
        return $"{name} {Statistics(feature.Shown with { Psi = feature.Shown.Ks is null ? feature.Shown.Psi : null })}";
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
        return verdict;
    }

    /// <summary>What it alerts to beside the drift, which the verdict tells; in short words.</summary>
    private static string[] Alerts(ChunkReport chunk) =>
        [.. chunk.Alerts.Select(Kind).Where(kind => kind != "drift").Distinct().Select(kind => kind == "estimated_accuracy" ? "estimate" : kind)];

    /// <summary>What stands before an alert's first colon: drift, missing, accuracy, confidence.</summary>
    public static string Kind(string alert) => alert[..alert.IndexOf(':', StringComparison.Ordinal)];

    public static string Time(long? micros) => micros is { } time ? UnixTime.ToDateTime(time).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "";

    public static string Number(double? value) => value is not { } number ? "–"
        : number.ToString(Math.Abs(number) is 0 or (>= 1e-3 and < 1e5) ? "0.0000" : Math.Abs(number) is >= 1e5 and < 1e12 ? "N0" : "G4", CultureInfo.InvariantCulture);
}
