using System.CommandLine;
using System.Text.Json;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using Spectre.Console;

namespace FleetMonitor.Cli.Models;

/// <summary><c>fleetmonitor model MODEL</c>: what a model is, and how it is doing.</summary>
internal static class ModelCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new ModelOptions();
        var command = new Command("model", "Shows a model: what it is, what it has counted, and how its headline window is.") { options.Model, options.Url, options.Json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(options.Url)!, terminal);
            var answer = await server.Client.GetAsync(parsed.GetValue(options.Model)!, cancellation: cancellation).ConfigureAwait(false);
            if (parsed.GetValue(options.Json)) return Tables.Print(terminal, answer);
            Show(terminal, answer.Deserialize<ModelDescription>(ScoreJson.Options)!, answer.TryGetProperty("headline", out var headline) ? headline.Deserialize<WindowScore>(ScoreJson.Options) : null);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>A model as it is after a command changed it.</summary>
    public static void ShowChanged(Terminal terminal, JsonElement answer) => Show(terminal, answer.Deserialize<ModelDescription>(ScoreJson.Options)!, null);

    private static void Show(Terminal terminal, ModelDescription model, WindowScore? headline)
    {
        var grid = new Grid().AddColumn().AddColumn();
        void Row(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value)) grid.AddRow($"[grey]{name}[/]", value);
        }

        Row("model", Markup.Escape(model.Name));
        Row("state", Tables.State(model.State));
        Row("maintenance", model.MaintenanceUntil is { } until ? Markup.Escape($"until {Tables.Time(until)}{(model.MaintenanceReason is { } reason ? $": {reason}" : "")}") : null);
        Row("task", model.Spec.Task?.ToString().ToLowerInvariant());
        Row("version", Markup.Escape(model.Version));
        Row("versions", Markup.Escape(string.Join(", ", model.Versions)));
        Row("owner", Markup.Escape(string.Join(", ", new[] { model.Spec.Team, model.Spec.Family, model.Spec.Tier.Length > 0 ? $"tier {model.Spec.Tier}" : "" }.Where(text => text.Length > 0))));
        Row("features", model.Spec.Features is { } features ? Tables.Count(features.Count) : null);
        Row("reference", Reference(model));
        Row("predictions", $"{Tables.Count(model.Counters.Predictions)} ({Tables.Count(model.Counters.Errors)} failed, {Tables.Count(model.Counters.Rejected)} rejected, {Tables.Count(model.Counters.TooLate)} too late)");
        Row("labels", $"{Tables.Count(model.Labels.Joined)} joined, {Tables.Count(model.Labels.Pending)} predictions wait for theirs");
        Row("last prediction", Tables.Time(model.LastPrediction));
        if (headline is not null)
        {
            Row($"the last {Duration.Format(headline.Window)}", $"{Tables.Count(headline.Predictions)} predictions, {Verdicts.Colored(headline.Verdict)}");
            Row("accuracy", headline.Performance.Complete?.Accuracy is { } accuracy ? Tables.Number(accuracy) : null);
            Row("mean absolute error", headline.Performance.Regression?.Mae is { } mae ? Tables.Number(mae) : null);
            Row("confidence", headline.Confidence is { } confidence ? Tables.Number(confidence.Mean) : null);
            Row("latency p95", headline.Latency is { } latency ? Tables.Milliseconds(latency.P95) : null);
            foreach (var alert in headline.Alerts) Row("alert", $"[red]{Markup.Escape(alert.ToString())}[/]");
        }
        terminal.Console(terminal.Out).Write(grid);
    }

    private static string Reference(ModelDescription model) => model.Reference is { } reference
        ? $"{reference.Version}, {reference.Source.ToString().ToLowerInvariant()}, {Tables.Count(reference.Rows)} rows, since {Tables.Time(reference.Since)}"
        : model.CaptureTarget > 0 ? $"being captured: {Tables.Count(model.Captured)} of {Tables.Count(model.CaptureTarget)} predictions" : "none";
}
