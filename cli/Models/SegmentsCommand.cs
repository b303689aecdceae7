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
            var table = Tables.Of("segment", "value", "predictions", "labelled", "accuracy", "MAE", "difference", "interval", "drift");
            foreach (var slice in scores.Slices)
            {
                var interval = slice.DifferenceLower is null ? "–" : $"{Tables.Number(slice.DifferenceLower)} … {Tables.Number(slice.DifferenceUpper)}";
                var difference = slice.Worse == true ? $"[red]{Tables.Number(slice.Difference)}[/]" : Tables.Number(slice.Difference);
                table.AddRow(
                    Markup.Escape(slice.Segment), Markup.Escape(slice.Value), Tables.Count(slice.Predictions), Tables.Count(slice.Labelled), Tables.Number(slice.Accuracy), Tables.Number(slice.Mae),
                    difference, interval, Verdicts.Colored(slice.Verdict));
            }
            Tables.Show(terminal, table);
            if (scores.Slices.Count == 0) terminal.Out.WriteLine(scores.Segments.Count == 0 ? "The model's spec names no segments." : "No prediction of the window is in a slice.");
            return ExitCode.Done;
        });
        return command;
    }
}
