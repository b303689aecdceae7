using System.CommandLine;
using System.Text.Json;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using Spectre.Console;

namespace FleetMonitor.Cli.Models;

/// <summary><c>fleetmonitor drift MODEL</c> and <c>features MODEL [FEATURE]</c>: how far columns moved from the reference.</summary>
internal static class DriftCommands
{
    private const int BarWidth = 30;

    public static Command Drift(Terminal terminal)
    {
        var options = new ModelOptions();
        var command = new Command("drift", "Shows the drift of a model's features over a window.") { options.Model, options.Window, options.Url, options.Json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(options.Url)!, terminal);
            var name = parsed.GetValue(options.Model)!;
            var window = parsed.GetValue(options.Window) ?? await HeadlineAsync(server, name, cancellation).ConfigureAwait(false);
            var answer = await server.Client.GetAsync(name, $"drift?window={Uri.EscapeDataString(window)}", cancellation).ConfigureAwait(false);
            if (parsed.GetValue(options.Json)) return Tables.Print(terminal, answer);
            var score = answer.Deserialize<ModelScores>(ScoreJson.Options)!.Windows[0];
            ShowColumns(terminal, score.Columns);
            terminal.Out.WriteLine($"{name}, the last {window}: {Tables.Count(score.Predictions)} predictions, {score.FeaturesDrifted} features drifted");
            foreach (var alert in score.Alerts) terminal.Out.WriteLine(alert.ToString());
            if (score.Note is { } note) terminal.Out.WriteLine(note);
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Features(Terminal terminal)
    {
        var options = new ModelOptions();
        var feature = new Argument<string?>("FEATURE") { Description = "One column in full, its distribution beside the reference's.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("features", "Shows a model's columns over a window, or one of them in full.") { options.Model, feature, options.Window, options.Url, options.Json };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(options.Url)!, terminal);
            var (name, one) = (parsed.GetValue(options.Model)!, parsed.GetValue(feature));
            var view = one is null ? "features" : $"features/{Uri.EscapeDataString(one)}";
            var answer = await server.Client.GetAsync(name, view + options.Query(parsed), cancellation).ConfigureAwait(false);
            if (parsed.GetValue(options.Json)) return Tables.Print(terminal, answer);
            if (one is null)
            {
                ShowColumns(terminal, [.. answer.GetProperty("columns").EnumerateArray().Select(column => column.Deserialize<ColumnScore>(ScoreJson.Options)!)]);
                return ExitCode.Done;
            }
            ShowFeature(terminal, answer.Deserialize<FeatureDetail>(ScoreJson.Options)!);
            return ExitCode.Done;
        });
        return command;
    }

    private static void ShowColumns(Terminal terminal, IReadOnlyList<ColumnScore> columns)
    {
        Tables.Show(terminal, columns,
            new("column", c => Markup.Escape(c.Name)),
            new("verdict", c => Verdicts.Colored(c.Verdict)),
            new("values", c => Tables.Count(c.Count)) { IsNumber = true, Importance = 50 },
            new("missing", c => Tables.Number(c.Missing)) { IsNumber = true, Importance = 60 },
            new("unseen", c => Tables.Number(c.Unseen)) { IsNumber = true, Importance = 40 },
            new("KS", c => Tables.Number(c.Ks)) { IsNumber = true },
            new("PSI", c => Tables.Number(c.Psi)) { IsNumber = true },
            new("JS", c => Tables.Number(c.Js)) { IsNumber = true, Importance = 20 },
            new("Wasserstein", c => Tables.Number(c.Wasserstein)) { IsNumber = true, Importance = 10 });
        if (columns.Count == 0) terminal.Out.WriteLine("There is no reference yet to compare with.");
    }

    private static void ShowFeature(Terminal terminal, FeatureDetail detail)
    {
        ShowColumns(terminal, [detail.Score]);
        var most = detail.Bins.Select(bin => Math.Max(bin.WindowShare ?? 0, bin.ReferenceShare ?? 0)).DefaultIfEmpty(1).Max();
        Tables.Show(terminal, [.. detail.Bins.Where(bin => bin.WindowCount > 0 || bin.ReferenceShare is > 0)],
            new("bin", bin => Markup.Escape(bin.Category ?? $"{Edge(bin.Above, "-∞")} … {Edge(bin.UpTo, "∞")}")) { MayWrap = true },
            new("window", bin => Tables.Share(bin.WindowShare)) { IsNumber = true },
            new("reference", bin => Tables.Share(bin.ReferenceShare)) { IsNumber = true },
            new("", bin => Bar(bin.WindowShare, bin.ReferenceShare, most)));
        foreach (var unknown in detail.Unknown?.Top ?? []) terminal.Out.WriteLine($"new category: {unknown.Category} ({Tables.Count(unknown.AtLeast)})");
    }

    /// <summary>The window's share as a bar, with the reference's marked in it.</summary>
    private static string Bar(double? window, double? reference, double most)
    {
        int length = Length(window), mark = Length(reference);
        var bar = new string('█', length).PadRight(Math.Max(length, mark + 1));
        return Markup.Escape($"{bar[..mark]}|{bar[(mark + 1)..]}");
        int Length(double? share) => most <= 0 ? 0 : (int)Math.Round((share ?? 0) / most * BarWidth);
    }

    private static string Edge(double? edge, string open) => edge is { } value ? value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture) : open;

    private static async Task<string> HeadlineAsync(Server server, string model, CancellationToken cancellation)
    {
        var description = await server.Client.GetAsync(model, "", cancellation).ConfigureAwait(false);
        return description.GetProperty("spec").GetProperty("headline_window").GetString() ?? Duration.Format(TimeSpan.FromHours(1));
    }
}
