using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FleetMonitor.Core.Scores;
using Spectre.Console;

namespace FleetMonitor.Cli.Models;

/// <summary><c>fleetmonitor history MODEL</c>: a model's past, step by step.</summary>
internal static class HistoryCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new ModelOptions();
        var step = Options.Of("--step", "DURATION", "1m, 1h or 1d.", "1h").OneOf("1m", "1h", "1d");
        var steps = Options.Of("--steps", "N", "How many steps back, at most 1440.", 24);
        var command = new Command("history", "Shows a model's past, step by step, the oldest first.") { options.Model, step, steps, options.Url, options.Json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(options.Url)!, terminal);
            var query = string.Create(CultureInfo.InvariantCulture, $"history?step={parsed.GetValue(step)}&steps={parsed.GetValue(steps)}");
            var answer = await server.Client.GetAsync(parsed.GetValue(options.Model)!, query, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(options.Json)) return Tables.Print(terminal, answer);
            var history = answer.Deserialize<ModelHistory>(ScoreJson.Options)!;
            var table = Tables.Of("from", "predictions", "failed", "labelled", "accuracy", "MAE", "confidence", "latency p95", "drift", "alerts");
            foreach (var score in history.Steps)
            {
                table.AddRow(
                    Tables.Time(score.From), Tables.Count(score.Predictions), Tables.Count(score.Errors), Tables.Count(score.Performance.Labelled), Tables.Number(score.Performance.Classification?.Accuracy),
                    Tables.Number(score.Performance.Regression?.Mae), Tables.Number(score.Confidence?.Mean), Tables.Milliseconds(score.Latency?.P95), Verdicts.Colored(score.Verdict),
                    Markup.Escape(string.Join("; ", score.Alerts.Select(alert => alert.Subject is null ? alert.Kind : $"{alert.Kind} {alert.Subject}"))));
            }
            Tables.Show(terminal, table);
            if (history.Steps.Count == 0) terminal.Out.WriteLine("There was no traffic.");
            return ExitCode.Done;
        });
        return command;
    }
}
