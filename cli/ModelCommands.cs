using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FleetMonitor.Core.Scores;
using Spectre.Console;

namespace FleetMonitor.Cli;

/// <summary><c>fleetmonitor models</c>, <c>drift MODEL</c> and <c>segments MODEL</c>: what a running server says.</summary>
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
                string[] cells = ["state", "team", "tier", "predictions", "accuracy", "confidence"];
                var count = Cell(summary, "features_drifted");
                table.AddRow([Cell(model, "name"), .. cells.Select(cell => Cell(summary, cell)), drifted ? $"[red]{count}[/]" : count, Cell(summary, "last_prediction")]);
            }
            terminal.Console(terminal.Out).Write(table);
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Drift(Terminal terminal)
    {
        var model = new Argument<string>("MODEL");
        var window = Options.Of<string?>("--window", "DURATION", "Such as 5m, 1h, 24h or 7d; by default the model's headline window.");
        var url = Server.Option("--url");
        var json = Json();
        var command = new Command("drift", "Shows the drift of a model's features over a window.") { model, window, url, json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(url)!, terminal);
            var name = parsed.GetValue(model)!;
            var headline = parsed.GetValue(window) ?? await HeadlineAsync(server, name, cancellation).ConfigureAwait(false);
            var answer = await server.Client.GetAsync(name, $"drift?window={Uri.EscapeDataString(headline)}", cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json)) return Print(terminal, answer);
            var score = answer.Deserialize<ModelScores>(ScoreJson.Options)!.Windows[0];
            var table = Table("column", "verdict", "values", "missing", "unseen", "KS", "PSI", "JS", "Wasserstein");
            foreach (var column in score.Columns)
            {
                double?[] numbers = [column.Missing, column.Unseen, column.Ks, column.Psi, column.Js, column.Wasserstein];
                var count = column.Count.ToString("N0", CultureInfo.InvariantCulture);
                table.AddRow([Markup.Escape(column.Name), Verdicts.Colored(column.Verdict), count, .. numbers.Select(Number)]);
            }
            var console = terminal.Console(terminal.Out);
            console.Write(table);
            var counts = string.Create(CultureInfo.InvariantCulture, $"{score.Predictions:N0} predictions, {score.FeaturesDrifted} features drifted");
            terminal.Out.WriteLine($"{name}, the last {headline}: {counts}");
            foreach (var alert in score.Alerts) terminal.Out.WriteLine(alert.ToString());
            if (score.Note is { } note) terminal.Out.WriteLine(note);
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Segments(Terminal terminal)
    {
        var model = new Argument<string>("MODEL");
        var window = Options.Of<string?>("--window", "DURATION", "Such as 5m, 1h, 24h or 7d; by default the model's headline window.");
        var url = Server.Option("--url");
        var json = Json();
        var command = new Command("segments", "Shows a model's slices over a window, the worst first.") { model, window, url, json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(url)!, terminal);
            var name = parsed.GetValue(model)!;
            var query = parsed.GetValue(window) is { } given ? $"?window={Uri.EscapeDataString(given)}" : "";
            var answer = await server.Client.GetAsync(name, $"segments{query}", cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json)) return Print(terminal, answer);
            var scores = answer.Deserialize<SegmentScores>(ScoreJson.Options)!;
            var table = Table("segment", "value", "predictions", "labelled", "accuracy", "MAE", "difference", "interval", "drift");
            foreach (var slice in scores.Slices)
            {
                var interval = slice.DifferenceLower is null ? "–" : $"{Number(slice.DifferenceLower)} … {Number(slice.DifferenceUpper)}";
                string[] counts = [.. new[] { slice.Predictions, slice.Labelled }.Select(count => count.ToString("N0", CultureInfo.InvariantCulture))];
                var difference = slice.Worse == true ? $"[red]{Number(slice.Difference)}[/]" : Number(slice.Difference);
                table.AddRow([Markup.Escape(slice.Segment), Markup.Escape(slice.Value), .. counts, Number(slice.Accuracy), Number(slice.Mae), difference, interval, Verdicts.Colored(slice.Verdict)]);
            }
            terminal.Console(terminal.Out).Write(table);
            if (scores.Slices.Count == 0) terminal.Out.WriteLine(scores.Segments.Count == 0 ? "The model's spec names no segments." : "No prediction of the window is in a slice.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<bool> Json() => Options.Flag("--json", "Print what the server sent.");

    private static async Task<string> HeadlineAsync(Server server, string model, CancellationToken cancellation)
    {
        var description = await server.Client.GetAsync(model, "", cancellation).ConfigureAwait(false);
        return description.GetProperty("spec").GetProperty("headline_window").GetString()!;
    }

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
            JsonValueKind.String when member == "last_prediction" => value.GetDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            JsonValueKind.Number => value.GetInt64().ToString("N0", CultureInfo.InvariantCulture),
            _ => Markup.Escape(value.ToString()),
        };
    }

    private static string Number(double? value) => value is { } number ? number.ToString("0.000", CultureInfo.InvariantCulture) : "–";
}
