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
            Tables.Show(terminal, history.Steps,
                new("from", s => s.From.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)) { Importance = 40, Short = new("from", s => s.From.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)) },
                new("predictions", s => Tables.Count(s.Predictions)) { IsNumber = true, Importance = 80 },
                new("failed", s => Tables.Count(s.Errors)) { IsNumber = true, Importance = 25 },
                new("labelled", s => Tables.Count(s.Performance.Labelled)) { IsNumber = true, Importance = 20 },
                new("accuracy", s => Tables.Number(s.Performance.Classification?.Accuracy)) { IsNumber = true },
                new("MAE", s => Tables.Number(s.Performance.Regression?.Mae)) { IsNumber = true },
                new("confidence", s => Tables.Number(s.Confidence?.Mean)) { IsNumber = true, Importance = 50 },
                new("latency p95", s => Tables.Milliseconds(s.Latency?.P95)) { IsNumber = true, Importance = 30 },
                new("drift", s => s.FeaturesDrifted > 0 ? $"{Verdicts.Colored(s.Verdict)} ({Tables.Count(s.FeaturesDrifted)})" : Verdicts.Colored(s.Verdict)),
                new("alerts", s => Alerts(s.Alerts.Select(alert => alert.Subject is null ? alert.Kind : $"{alert.Kind} {alert.Subject}")))
                {
                    Importance = 15,
                    Short = new("other alerts", s => Alerts(s.Alerts.Select(alert => alert.Kind).Where(kind => kind != "drift").Distinct()))
                    {
                        Importance = 45,
                        Short = new("alerts", s => s.Alerts.Count == 0 ? "" : $"[red]{Tables.Count(s.Alerts.Count)}[/]") { IsNumber = true },
                    },
                });
            if (history.Steps.Count == 0) terminal.Out.WriteLine("There was no traffic.");
            return ExitCode.Done;
        });
        return command;
    }

    private static string Alerts(IEnumerable<string> alerts) => string.Join(", ", alerts) is { Length: > 0 } text ? $"[red]{Markup.Escape(text)}[/]" : "";
}
