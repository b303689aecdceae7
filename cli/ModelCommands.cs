using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FleetMonitor.Core.Scores;
using Spectre.Console;

namespace FleetMonitor.Cli;

/// <summary><c>fleetmonitor models</c> and <c>fleetmonitor drift MODEL</c>: what a running server says.</summary>
internal static class ModelCommands
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Models(Terminal terminal)
    {
        var url = Server.Option("--url");
        var json = Json();
        var command = new Command("models", "Lists a server's models, the most troubled first.") { url, json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(url)!, terminal);
            var answer = await server.Client.GetModelsAsync(cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json)) return Print(terminal, answer);
            var table = Table("model", "state", "team", "tier", "predictions", "accuracy", "confidence", "drifted features", "last prediction");
            foreach (var model in answer.GetProperty("models").EnumerateArray())
            {
                // A model has no summary until the first tick after its registration.
                var summary = model.GetProperty("summary");
                var drifted = summary.ValueKind == JsonValueKind.Object && summary.GetProperty("features_drifted").GetInt32() > 0;
                table.AddRow(Cell(model, "name"), Cell(summary, "state"), Cell(summary, "team"), Cell(summary, "tier"), Cell(summary, "predictions"), Cell(summary, "accuracy"), Cell(summary, "confidence"),
                    drifted ? $"[red]{Cell(summary, "features_drifted")}[/]" : Cell(summary, "features_drifted"), Cell(summary, "last_prediction"));
            }
            terminal.Console(terminal.Out).Write(table);
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Drift(Terminal terminal)
    {
        var model = new Argument<string>("MODEL");
        var window = new Option<string?>("--window") { HelpName = "DURATION", Description = "One of the model's windows; by default its headline window." };
        var url = Server.Option("--url");
        var json = Json();
        var command = new Command("drift", "Shows the drift of a model's features over a window.") { model, window, url, json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(url)!, terminal);
            var name = parsed.GetValue(model)!;
            var headline = parsed.GetValue(window) ?? (await server.Client.GetAsync(name, "", cancellation).ConfigureAwait(false)).GetProperty("spec").GetProperty("headline_window").GetString()!;
            var answer = await server.Client.GetAsync(name, $"drift?window={Uri.EscapeDataString(headline)}", cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json)) return Print(terminal, answer);
            var score = answer.Deserialize<ModelScores>(ScoreJson.Options)!.Windows[0];
            var table = Table("column", "verdict", "values", "missing", "unseen", "KS", "PSI", "JS", "Wasserstein");
            foreach (var column in score.Columns)
            {
                var verdict = column.Verdict == Verdict.Drifted ? "[red]drifted[/]" : column.Verdict == Verdict.Quiet ? "[green]quiet[/]" : column.Verdict == Verdict.NoReference ? "[grey]no reference[/]" : "[yellow]too few samples[/]";
                table.AddRow(Markup.Escape(column.Name), verdict, column.Count.ToString("N0", CultureInfo.InvariantCulture), Number(column.Missing), Number(column.Unseen), Number(column.Ks), Number(column.Psi), Number(column.Js), Number(column.Wasserstein));
            }
            var console = terminal.Console(terminal.Out);
            console.Write(table);
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, the last {headline}: {score.Predictions:N0} predictions, {score.FeaturesDrifted} features drifted"));
            foreach (var alert in score.Alerts) terminal.Out.WriteLine(alert.ToString());
            if (score.Note is { } note) terminal.Out.WriteLine(note);
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<bool> Json() => new("--json") { Description = "Print what the server sent." };

    private static int Print(Terminal terminal, JsonElement answer)
    {
        terminal.Out.WriteLine(JsonSerializer.Serialize(answer, Indented));
        return ExitCode.Done;
    }

    private static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns) table.AddColumn(column);
        return table;
    }

    private static string Cell(JsonElement element, string member)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(member, out var value)) return "";
        return value.ValueKind switch
        {
            JsonValueKind.Null => "–",
            JsonValueKind.Number when !value.TryGetInt64(out _) => Number(value.GetDouble()),
            JsonValueKind.Number => value.GetInt64().ToString("N0", CultureInfo.InvariantCulture),
            _ => Markup.Escape(value.ToString()),
        };
    }

    private static string Number(double? value) => value is { } number ? number.ToString("0.000", CultureInfo.InvariantCulture) : "–";
}
