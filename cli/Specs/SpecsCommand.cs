using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetMonitor.Cli.Models;
using FleetMonitor.Client;
using FleetMonitor.Core.Specs;
using FleetMonitor.Specs;
using Spectre.Console;

namespace FleetMonitor.Cli.Specs;

/// <summary><c>fleetmonitor specs diff DIR</c> and <c>specs apply DIR</c>: a fleet that lives in files.</summary>
internal static class SpecsCommand
{
    public static Command Create(Terminal terminal) => new("specs", "Compares a folder of spec files with a server's models, or applies it.") { Diff(terminal), Apply(terminal) };

    private static Command Diff(Terminal terminal)
    {
        var options = new FolderOptions();
        var json = Options.Flag("--json", "Print the comparison as JSON.");
        var command = new Command("diff", "Shows where a server's models are not what the files say. Ends with 0 when nothing differs, with 4 when something does, with 2 for files with mistakes.")
        {
            options.Folder, options.Url, json,
        };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(options.Url)!, terminal);
            var folder = SpecFolder.Read(parsed.GetValue(options.Folder)!);
            var compared = await CompareAsync(server, folder, cancellation).ConfigureAwait(false);
            var only = await OnlyInFleetAsync(server, folder, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json)) terminal.Out.WriteLine(Report(folder, compared, only));
            else Show(terminal, compared, only);
            foreach (var mistake in folder.Mistakes) terminal.Error.WriteLine(mistake);
            return folder.Mistakes.Count > 0 ? ExitCode.Data : compared.TrueForAll(one => one.Differences is { Count: 0 }) ? ExitCode.Done : ExitCode.Differs;
        });
        return command;
    }

    private static Command Apply(Terminal terminal)
    {
        var options = new FolderOptions();
        var command = new Command("apply", "Gives a server's models the specs of the files where they differ. Files with mistakes are named and left out; models that no file describes stay as they are.")
        {
            options.Folder, options.Url,
        };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(options.Url)!, terminal);
            var folder = SpecFolder.Read(parsed.GetValue(options.Folder)!);
            var (registered, changed) = (0, 0);
            foreach (var (document, differences) in await CompareAsync(server, folder, cancellation).ConfigureAwait(false))
            {
                if (differences is { Count: 0 }) continue;
                var answer = await server.Client.PutSpecAsync(document.Model, SpecJson.Write(document.Spec), cancellation).ConfigureAwait(false);
                if (differences is null) registered++;
                else changed++;
                terminal.Out.WriteLine(differences is null ? $"{document.Model}: registered" : $"{document.Model}: {string.Join(", ", differences.Select(d => d.Field))}{Restarted(answer)}");
            }
            terminal.Out.WriteLine(FormattableString.Invariant($"{registered} registered, {changed} changed, {folder.Documents.Count - registered - changed} as they should be, {folder.InvalidFiles} files left out"));
            foreach (var mistake in folder.Mistakes) terminal.Error.WriteLine(mistake);
            return folder.Mistakes.Count > 0 ? ExitCode.Data : ExitCode.Done;
        });
        return command;
    }

    private static string Restarted(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("restarted", out var restarted) && restarted.GetArrayLength() > 0 ? $"; begun anew: {string.Join(", ", restarted.EnumerateArray())}" : "";

    /// <summary>Each model that a file describes, and what the server has otherwise; null where it has no such model.</summary>
    private static async Task<List<(SpecDocument Document, IReadOnlyList<SpecDifference>? Differences)>> CompareAsync(Server server, SpecFolder folder, CancellationToken cancellation)
    {
        var compared = new List<(SpecDocument, IReadOnlyList<SpecDifference>?)>();
        foreach (var document in folder.Documents)
        {
            try
            {
                var answer = await server.Client.GetAsync(document.Model, cancellation: cancellation).ConfigureAwait(false);
                compared.Add((document, SpecDifference.Missing(SpecOf(answer), document.Spec)));
            }
            catch (FleetMonitorException exception) when (exception.Status == HttpStatusCode.NotFound)
            {
                compared.Add((document, null));
            }
        }
        return compared;
    }

    private static ModelSpec SpecOf(JsonElement answer)
    {
        var parse = SpecJson.Parse(JsonSerializer.SerializeToUtf8Bytes(answer.GetProperty("spec")));
        return parse.Spec ?? throw new CommandException(ExitCode.Server, $"the server's spec cannot be read: {string.Join("; ", parse.Errors)}; is this fleetmonitor older than the server?");
    }

    private static async Task<List<string>> OnlyInFleetAsync(Server server, SpecFolder folder, CancellationToken cancellation)
    {
        var described = folder.Documents.Select(document => document.Model).ToHashSet(StringComparer.Ordinal);
        var only = new List<string>();
        for (var page = 1; ; page++)
        {
            var answer = await server.Client.GetModelsAsync(FormattableString.Invariant($"sort=name&page_size=500&page={page}"), cancellation).ConfigureAwait(false);
            var names = answer.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("name").GetString()!).ToList();
            if (names.Count == 0) return only;
            only.AddRange(names.Where(name => !described.Contains(name)));
        }
    }

    private static void Show(Terminal terminal, List<(SpecDocument Document, IReadOnlyList<SpecDifference>? Differences)> compared, List<string> only)
    {
        // A model without differences has no row, one that the server does not have a row without a difference.
        ComparedMember[] members = [.. compared.SelectMany(one => one.Differences?.Select(d => new ComparedMember(one.Document, d)) ?? [new ComparedMember(one.Document, null)])];
        if (members.Length > 0)
        {
            Tables.Show(terminal, members,
                new("model", m => Markup.Escape(m.Document.Model)),
                new("file", m => Markup.Escape(m.Document.File)) { Importance = 10 },
                new("member", m => Markup.Escape(m.Difference?.Field ?? "")),
                new("server", m => m.Difference is null ? "[yellow]not there[/]" : Markup.Escape(m.Difference.From ?? "–")) { MayWrap = true },
                new("file says", m => Markup.Escape(m.Difference is null ? "" : m.Difference.To ?? "–")) { MayWrap = true });
        }
        var same = compared.Count(one => one.Differences is { Count: 0 });
        terminal.Out.WriteLine(FormattableString.Invariant($"{same} of {compared.Count} models are as their files say; {only.Count} models are in no file"));
        foreach (var name in only.Take(20)) terminal.Out.WriteLine($"  {name}");
        if (only.Count > 20) terminal.Out.WriteLine("  …");
    }

    private static string Report(SpecFolder folder, List<(SpecDocument Document, IReadOnlyList<SpecDifference>? Differences)> compared, List<string> only) => new JsonObject
    {
        ["files"] = folder.Files,
        ["mistakes"] = new JsonArray([.. folder.Mistakes.Select(mistake => (JsonNode)mistake.ToString())]),
        ["models"] = new JsonArray([.. compared.Select(one => (JsonNode)new JsonObject
        {
            ["model"] = one.Document.Model,
            ["file"] = one.Document.File,
            ["line"] = one.Document.Line,
            ["state"] = one.Differences switch { null => "missing", { Count: 0 } => "applied", _ => "differs" },
            ["differences"] = new JsonArray([.. (one.Differences ?? []).Select(d => (JsonNode)new JsonObject { ["field"] = d.Field, ["from"] = Node(d.From), ["to"] = Node(d.To) })]),
        })]),
        ["only_in_fleet"] = new JsonArray([.. only.Select(name => (JsonNode)name)]),
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    private static JsonNode? Node(string? json) => json is null ? null : JsonNode.Parse(json);

    private sealed record ComparedMember(SpecDocument Document, SpecDifference? Difference);

    private sealed class FolderOptions
    {
        public Argument<string> Folder { get; } = new("DIR") { Description = "A folder of *.json and *.yaml, one model a file or several documents." };

        public Option<string> Url { get; } = Server.Option();
    }
}
