using System.CommandLine;
using FleetMonitor.Client;

namespace FleetMonitor.Cli;

/// <summary><c>fleetmonitor check</c>: whether a server does what it is there for, seen from where its clients are.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var to = Server.Option();
        var ready = Options.Flag("--ready", "Only asks whether it is ready.");
        var keep = Options.Flag("--keep", "Leaves the model that was made for it; without this the token needs the scope admin.");
        var command = new Command("check", "Records a prediction under a model made for it, tells the truth about it, reads both back, and deletes the model.") { to, ready, keep };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(to)!, terminal);
            if (!await server.Client.IsReadyAsync(cancellation).ConfigureAwait(false))
            {
                throw new CommandException(ExitCode.Server, $"{server.Http.BaseAddress} is not ready, or cannot be reached");
            }
            terminal.Out.WriteLine($"{server.Http.BaseAddress} is ready");
            if (!parsed.GetValue(ready)) await RecordAsync(server.Client, terminal, parsed.GetValue(keep), cancellation).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>A model of its own, so that checks at the same time do not meet.</summary>
    private static async Task RecordAsync(FleetMonitorClient client, Terminal terminal, bool keep, CancellationToken cancellation)
    {
        var model = $"fleetmonitor-check-{client.Producer}";
        var id = $"check-{client.Producer}";
        var prediction = new PredictionEvent { Id = id, Prediction = "1", Score = 0.9, Features = new Dictionary<string, FeatureValue> { ["x"] = 1.0 } };
        Expect((await client.RecordAsync(model, [prediction], cancellation).ConfigureAwait(false)).Accepted, "accepted predictions");
        terminal.Out.WriteLine($"{model}: the prediction {id} was recorded");
        try
        {
            Expect((await client.LabelAsync(model, [new LabelEvent(id, "1")], cancellation).ConfigureAwait(false)).Joined, "labels that met their prediction");
            var counters = (await client.GetAsync(model, cancellation: cancellation).ConfigureAwait(false)).GetProperty("counters");
            Expect(counters.GetProperty("predictions").GetInt64(), "predictions read back");
            Expect(counters.GetProperty("labels_joined").GetInt64(), "joined labels read back");
            terminal.Out.WriteLine($"{model}: the prediction and its label were read back");
        }
        finally
        {
            if (!keep) await client.DeleteAsync(model, cancellation).ConfigureAwait(false);
        }
        if (!keep) terminal.Out.WriteLine($"{model}: deleted");
    }

    private static void Expect(long got, string what)
    {
        if (got != 1) throw new CommandException(ExitCode.Server, $"expected 1 of {what}, got {got}");
    }
}
