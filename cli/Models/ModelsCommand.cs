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
        var models = answer.GetProperty("models").EnumerateArray().Select(model => new ListedModel(model)).ToList();
        Tables.Show(terminal, models,
            new("model", m => m.Trouble > 0 ? $"[red]{Markup.Escape(m.Name)}[/]" : Markup.Escape(m.Name)),
            new("state", m => m.HasSummary ? Tables.State(m.Text("state")) : "–") { Importance = 60 },
            new("team", m => Markup.Escape(m.Text("team"))) { Importance = 20 },
            new("tier", m => Markup.Escape(m.Text("tier"))) { Importance = 10 },
            new("predictions", m => Tables.Count(m.Value("predictions"))) { IsNumber = true, Importance = 70 },
            new("accuracy", m => Tables.Number(m.Value("accuracy"))) { IsNumber = true },
            new("confidence", m => Tables.Number(m.Value("confidence"))) { IsNumber = true, Importance = 50 },
            new("drifted features", m => Drifted(m.Value("features_drifted"))) { IsNumber = true, Importance = 40, Short = new("drifted", m => Drifted(m.Value("features_drifted"))) { IsNumber = true } },
            new("last prediction", m => Tables.Time(m.LastPrediction)) { Importance = 30, Short = new("last", m => Tables.ShortTime(m.LastPrediction, terminal)) { Importance = 80 } });
        long total = answer.GetProperty("total").GetInt64(), size = answer.GetProperty("page_size").GetInt64(), page = answer.GetProperty("page").GetInt64();
        var pages = Math.Max(1, (total + size - 1) / size);
        terminal.Out.WriteLine(models.Count == 0 ? "No model is there that matches." : total == 1 ? "1 model" : pages == 1 ? $"{Tables.Count(total)} models" : $"{Tables.Count(total)} models, page {page} of {pages}");
    }

    private static string Drifted(double? features) => features is > 0 ? $"[red]{Tables.Count(features)}[/]" : Tables.Count(features);

    /// <summary>A model of the list. It has no summary until the first tick after its registration.</summary>
    private sealed class ListedModel(JsonElement model)
    {
        private readonly JsonElement _summary = model.GetProperty("summary");

        public string Name { get; } = model.GetProperty("name").GetString()!;

        public bool HasSummary => _summary.ValueKind == JsonValueKind.Object;

        public double Trouble => Value("trouble") ?? 0;

        public DateTimeOffset? LastPrediction => Member("last_prediction") is { ValueKind: JsonValueKind.String } last ? last.GetDateTimeOffset() : null;

        public string Text(string member) => Member(member)?.ToString() ?? "";

        public double? Value(string member) => Member(member) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

        private JsonElement? Member(string member) => HasSummary && _summary.TryGetProperty(member, out var value) ? value : null;
    }
}
