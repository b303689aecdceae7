using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FleetMonitor.Cli.Models;

/// <summary>What an owner decides: <c>maintenance</c>, <c>rebaseline</c>, <c>retire</c> and <c>delete</c>. Each shows the model as it then is.</summary>
internal static class LifecycleCommands
{
    public static Command Maintenance(Terminal terminal)
    {
        var options = new ModelOptions();
        var duration = Options.Of<string?>("--for", "DURATION", "From now on: 2h.");
        var until = Options.Of<string?>("--until", "TIME", "A time to come: 2026-11-22T10:00:00Z.");
        var end = Options.Flag("--end", "At once no longer.");
        var reason = Options.Of<string?>("--reason", "TEXT", "Why; whoever looks at the model sees it.");
        var command = new Command("maintenance", "Mutes a model's alerts for a while. Nothing is lost, and it ends by itself.") { options.Model, duration, until, end, reason, options.Url, options.Json };
        command.SetAction(terminal, (parsed, cancellation) =>
        {
            var body = new JsonObject();
            if (parsed.GetValue(duration) is { } span) body["duration"] = span;
            if (parsed.GetValue(until) is { } time) body["until"] = time;
            if (parsed.GetValue(end)) body["end"] = true;
            if (body.Count != 1) throw new CommandException(ExitCode.Usage, "expected one of --for, --until and --end");
            if (parsed.GetValue(reason) is { } text) body["reason"] = text;
            return PostAsync(terminal, options, parsed, "maintenance", body, cancellation);
        });
        return command;
    }

    public static Command Rebaseline(Terminal terminal)
    {
        var options = new ModelOptions();
        var window = Options.Of<string?>("--window", "DURATION", "The reference becomes what this window, up to now, has counted.");
        var predictions = Options.Of<int?>("--predictions", "N", "The reference becomes so many of the predictions that follow, 100 to 100,000; by default as many as the spec says.");
        var command = new Command("rebaseline", "Gives a model a new reference: of the predictions that follow, or of a window.") { options.Model, window, predictions, options.Url, options.Json };
        command.SetAction(terminal, (parsed, cancellation) =>
        {
            var body = new JsonObject();
            if (parsed.GetValue(window) is { } span) body["window"] = span;
            if (parsed.GetValue(predictions) is { } count) body["predictions"] = count;
            if (body.Count > 1) throw new CommandException(ExitCode.Usage, "expected at most one of --window and --predictions");
            return PostAsync(terminal, options, parsed, "rebaseline", body, cancellation);
        });
        return command;
    }

    public static Command Retire(Terminal terminal)
    {
        var options = new ModelOptions();
        var command = new Command("retire", "Ends a model: it takes no more traffic and has no more series; its history stays. A spec brings it back.") { options.Model, options.Url, options.Json };
        command.SetAction(terminal, (parsed, cancellation) => PostAsync(terminal, options, parsed, "retire", null, cancellation));
        return command;
    }

    public static Command Delete(Terminal terminal)
    {
        var options = new ModelOptions();
        var yes = Options.Flag("--yes", "Do not ask.");
        var command = new Command("delete", "Deletes a model with all its data. Predictions that come later register it anew: end its traffic first.") { options.Model, yes, options.Url };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(options.Url)!, terminal);
            var name = parsed.GetValue(options.Model)!;
            if (!parsed.GetValue(yes))
            {
                // Whoever is asked sees what they are about to lose.
                ModelCommand.ShowChanged(terminal, await server.Client.GetAsync(name, cancellation: cancellation).ConfigureAwait(false));
                terminal.Out.Write($"Delete {name} with all its data? Its name deletes it: ");
                using var input = new StreamReader(terminal.OpenInput());
                if ((await input.ReadLineAsync(cancellation).ConfigureAwait(false))?.Trim() != name) throw new CommandException(ExitCode.Usage, $"{name} was not deleted");
            }
            await server.Client.DeleteAsync(name, cancellation).ConfigureAwait(false);
            terminal.Out.WriteLine($"{name} is deleted");
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<int> PostAsync(Terminal terminal, ModelOptions options, ParseResult parsed, string action, JsonObject? body, CancellationToken cancellation)
    {
        using var server = new Server(parsed.GetValue(options.Url)!, terminal);
        var answer = await server.Client.PostAsync(parsed.GetValue(options.Model)!, action, body is null ? default : JsonSerializer.SerializeToUtf8Bytes(body), cancellation).ConfigureAwait(false);
        if (parsed.GetValue(options.Json)) return Tables.Print(terminal, answer);
        ModelCommand.ShowChanged(terminal, answer);
        return ExitCode.Done;
    }
}
