using System.CommandLine;
using System.Text.Json;
using FleetMonitor.Core.Scores;
using Spectre.Console;

namespace FleetMonitor.Cli.Models;

/// <summary><c>fleetmonitor segments MODEL</c>: a window slice by slice.</summary>
internal static class SegmentsCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new ModelOptions();
        var command = new Command("segments", "Shows a model's slices over a window, the worst first.") { options.Model, options.Window, options.Url, options.Json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(options.Url)!, terminal);
            var answer = await server.Client.GetAsync(parsed.GetValue(options.Model)!, $"segments{options.Query(parsed)}", cancellation).ConfigureAwait(false);
            if (parsed.GetValue(options.Json)) return Tables.Print(terminal, answer);
            var scores = answer.Deserialize<SegmentScores>(ScoreJson.Options)!;
            Tables.Show(terminal, scores.Slices,
                new("segment", s => Markup.Escape(s.Segment)),
                new("value", s => Markup.Escape(s.Value)) { MayWrap = true },
                new("predictions", s => Tables.Count(s.Predictions)) { IsNumber = true, Importance = 10 },
                new("labelled", s => Tables.Count(s.Labelled)) { IsNumber = true, Importance = 20 },
                new("accuracy", s => Tables.Number(s.Accuracy)) { IsNumber = true },
                new("MAE", s => Tables.Number(s.Mae)) { IsNumber = true },
                new("difference", s => s.Worse == true ? $"[red]{Tables.Number(s.Difference)}[/]" : Tables.Number(s.Difference)) { IsNumber = true },
                new("interval", s => s.DifferenceLower is null ? "–" : $"{Tables.Number(s.DifferenceLower)} … {Tables.Number(s.DifferenceUpper)}") { IsNumber = true, Importance = 30 },
                new("drift", s => Verdicts.Colored(s.Verdict)));
            if (scores.Slices.Count == 0) terminal.Out.WriteLine(scores.Segments.Count == 0 ? "The model's spec names no segments." : "No prediction of the window is in a slice.");
            return ExitCode.Done;
        });
        return command;
    }
}
