using System.CommandLine;

namespace FleetMonitor.Cli.Demo;

/// <summary><c>fleetmonitor demo</c>: a simulated fleet, three of whose models get into trouble while you watch.</summary>
internal static class DemoCommand
{
    public static Command Create(Terminal terminal)
    {
        var to = Server.Option();
        const string Description = "Plays a simulated fleet of eight models against a server until you press Ctrl-C; within two minutes three of them get into trouble.";
        var command = new Command("demo", Description) { to };
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            using var server = new Server(parsed.GetValue(to)!, terminal);
            try
            {
                await Task.WhenAll(
                    new DemoRun(server.Client, terminal.Time, terminal.Out).RunAsync(cancellation),
                    new ServedDemo(server.Http, server.Client, terminal.Time).RunAsync(cancellation)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // Ctrl-C is how a demo ends.
                terminal.Out.WriteLine("demo stopped");
            }
            return ExitCode.Done;
        });
        return command;
    }
}
