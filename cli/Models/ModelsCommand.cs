using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace FleetMonitor.Cli.Models;

/// <summary><c>fleetmonitor models</c>: the fleet's list.</summary>
internal static class ModelsCommand
{
    private static readonly string[] Sorts = ["trouble", "name", "last_prediction", "predictions"];
    private static readonly string[] States = ["waiting", "capturing", "live", "maintenance", "retired"];

    public static Command Create(Terminal terminal)
    {
        var sort = Options.Of("--sort", "ORDER", $"{string.Join(", ", Sorts)}.", Sorts[0]).OneOf(Sorts);
        var state = Options.Of<string?>("--state", "STATE", $"Only those in this state: {string.Join(", ", States)}.").OneOf(States);
        Option<string?>[] filters =
        [
            state, Options.Of<string?>("--team", "TEAM", "Only this team's."), Options.Of<string?>("--family", "FAMILY", "Only this family's."), Options.Of<string?>("--tier", "TIER", "Only this tier's."),
            Options.Of<string?>("--task", "TASK", "Only those of this task: binary, multiclass or regression."), Options.Of<string?>("--search", "TEXT", "Only those with this in their name."),
        ];
        var page = Options.Of("--page", "N", "Which page.", 1);
        var limit = Options.Of("--limit", "N", "Models of a page, at most 500.", 50);
        var url = Server.Option();
        var json = Options.Flag("--json", "Print what the server sent.");
        var command = new Command("models", "Lists a server's models, the most troubled first.") { sort };
        foreach (var filter in filters) command.Options.Add(filter);
        foreach (var option in (Option[])[page, limit, url, json]) command.Options.Add(option);
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(url)!, terminal);
            var query = $"sort={parsed.GetValue(sort)}&page={parsed.GetValue(page)}&page_size={parsed.GetValue(limit)}";
            foreach (var filter in filters)
            {
                if (parsed.GetValue(filter) is { } value) query += $"&{filter.Name.TrimStart('-')}={Uri.EscapeDataString(value)}";
            }
            var answer = await server.Client.GetModelsAsync(query, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json)) return Tables.Print(terminal, answer);
            Show(terminal, answer);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Terminal terminal, JsonElement answer)
    {
        var table = Tables.Of("model", "state", "team", "tier", "predictions", "accuracy", "confidence", "drifted features", "last prediction");
        var rows = answer.GetProperty("models").EnumerateArray().ToList();
        foreach (var model in rows)
        {
            var name = Markup.Escape(model.GetProperty("name").GetString()!);
            var summary = model.GetProperty("summary");
            if (summary.ValueKind != JsonValueKind.Object)
            {
                // A model has no summary until the first tick after its registration.
                table.AddRow(name, "–", "", "", "", "", "", "", "");
                continue;
            }
            var drifted = summary.GetProperty("features_drifted").GetInt32();
            table.AddRow(
                summary.GetProperty("trouble").GetDouble() > 0 ? $"[red]{name}[/]" : name,
                Tables.State(Text(summary, "state")), Markup.Escape(Text(summary, "team")), Markup.Escape(Text(summary, "tier")),
                Tables.Count(summary.GetProperty("predictions").GetInt64()), Tables.Number(Value(summary, "accuracy")), Tables.Number(Value(summary, "confidence")),
                drifted > 0 ? $"[red]{drifted}[/]" : "0",
                Tables.Time(summary.TryGetProperty("last_prediction", out var last) && last.ValueKind == JsonValueKind.String ? last.GetDateTimeOffset() : null));
        }
        Tables.Show(terminal, table);
        long total = answer.GetProperty("total").GetInt64(), size = answer.GetProperty("page_size").GetInt64(), page = answer.GetProperty("page").GetInt64();
        var pages = Math.Max(1, (total + size - 1) / size);
        terminal.Out.WriteLine(rows.Count == 0 ? "No model is there that matches." : pages == 1 ? $"{Tables.Count(total)} models" : $"{Tables.Count(total)} models, page {page} of {pages}");
    }

    private static string Text(JsonElement summary, string member) => summary.TryGetProperty(member, out var value) ? value.ToString() : "";

    private static double? Value(JsonElement summary, string member) => summary.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
