using System.CommandLine;
using System.Text.Json;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;
using Spectre.Console;

namespace FleetMonitor.Cli.Models;

/// <summary><c>fleetmonitor versions MODEL</c>: which version is better, by how much, and whether that is more than noise.</summary>
internal static class VersionsCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new ModelOptions();
        var command = new Command("versions", "Compares a model's versions over a window: champion and challengers.") { options.Model, options.Window, options.Url, options.Json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(options.Url)!, terminal);
            var answer = await server.Client.GetAsync(parsed.GetValue(options.Model)!, $"versions{options.Query(parsed)}", cancellation).ConfigureAwait(false);
            if (parsed.GetValue(options.Json)) return Tables.Print(terminal, answer);
            Show(terminal, answer.Deserialize<VersionScores>(ScoreJson.Options)!);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Terminal terminal, VersionScores scores)
    {
        if (scores.Versions.Count > 0)
        {
            var regression = scores.Task == TaskKind.Regression;
            Tables.Show(terminal, scores.Versions,
                new("version", v => v.IsChampion ? $"{Markup.Escape(v.Version)} [green]champion[/]" : Markup.Escape(v.Version)),
                new("predictions", v => Tables.Count(v.Predictions)) { IsNumber = true, Importance = 60 },
                new("share", v => Tables.Share(v.Share)) { IsNumber = true, Importance = 50 },
                new("failed", v => Tables.Share(v.ErrorRatio?.Value)) { IsNumber = true },
                new("labelled", v => Tables.Count(v.Labelled)) { IsNumber = true, Importance = 40 },
                WithInterval(regression ? "MAE" : "accuracy", v => regression ? v.Mae : v.Accuracy, 30),
                WithInterval("confidence", v => v.Confidence, 20),
                WithInterval("latency", v => v.Latency, 10, Tables.Milliseconds));
        }
        foreach (var comparison in scores.Comparisons) terminal.Out.WriteLine(Sentence(comparison, Duration.Format(scores.Window)));
        if (scores.Note is { } note) terminal.Out.WriteLine(note);
    }

    private static string Sentence(VersionComparison comparison, string window)
    {
        var verdict = comparison.Better switch
        {
            null => "no difference beyond noise so far",
            _ when comparison.Better == comparison.Version => "better",
            _ => "worse",
        };
        var evidence = comparison.Evidence is { } found
            ? $" since {Tables.Time(found.Since)} {Tables.Interval(found.Difference, found.Lower, found.Upper)} over {Tables.Count(found.Samples)} labels, at any time;"
            : " no labels of both yet;";
        return $"{comparison.Version} against {comparison.Against} ({comparison.Traffic.ToString().ToLowerInvariant()}): {verdict}. {comparison.Metric}:{evidence} the last {window} {Tables.Interval(comparison.Difference, comparison.Lower, comparison.Upper)}";
    }

    /// <param name="importance">Of the interval; the value itself stays.</param>
    private static Column<VersionScore> WithInterval(string title, Func<VersionScore, Interval?> of, int importance, Func<double?, string>? format = null) =>
        new(title, v => of(v) is var interval ? Tables.Interval(interval?.Value, interval?.Lower, interval?.Upper, format) : "")
        {
            IsNumber = true,
            Importance = importance,
            Short = new(title, v => (format ?? Tables.Number)(of(v)?.Value)) { IsNumber = true },
        };
}
