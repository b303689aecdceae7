using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using FleetMonitor.Cli.Demo;
using FleetMonitor.Cli.Models;
using FleetMonitor.Cli.Replay;
using FleetMonitor.Cli.Specs;
using FleetMonitor.Client;
using FleetMonitor.Core.Formats;

namespace FleetMonitor.Cli;

/// <summary>The <c>fleetmonitor</c> program.</summary>
public static class CommandLine
{
    public static Task<int> Main(string[] args) => RunAsync(args, Terminal.OfProcess());

    internal static Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellation = default)
    {
        // A compressed file that breaks off must not pass for a shorter one, which it does by default.
        AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);
        var root = new RootCommand(
            "Watches machine-learning models: backtests a file, or talks to a running server. "
            + "Ends with 0 when done, 1 for a wrong option, 2 for bad data, 3 for a server that refuses or is away, 4 when specs differ.")
        {
            ReplayCommand.Create(terminal),
            SendCommand.Create(terminal),
            CheckCommand.Create(terminal),
            ModelsCommand.Create(terminal),
            ModelCommand.Create(terminal),
            DriftCommands.Drift(terminal),
            DriftCommands.Features(terminal),
            SegmentsCommand.Create(terminal),
            VersionsCommand.Create(terminal),
            HistoryCommand.Create(terminal),
            LifecycleCommands.Maintenance(terminal),
            LifecycleCommands.Rebaseline(terminal),
            LifecycleCommands.Retire(terminal),
            LifecycleCommands.Delete(terminal),
            SpecsCommand.Create(terminal),
            TokenCommand.Create(terminal),
            DemoCommand.Create(terminal),
        };
        root.Options.Add(Server.TokenOption);
        var configuration = new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false };
        var parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction mistake) return RefuseAsync(mistake, parsed, configuration, cancellation);
        return parsed.InvokeAsync(configuration, cancellation);
    }

    /// <summary>What is wrong, without the whole help behind it, which would push it off the screen. A command that only lacks its subcommand shows them.</summary>
    private static async Task<int> RefuseAsync(ParseErrorAction mistake, ParseResult parsed, InvocationConfiguration configuration, CancellationToken cancellation)
    {
        var command = parsed.CommandResult.Command;
        mistake.ShowHelp = command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0;
        var exitCode = await parsed.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
        if (!mistake.ShowHelp) await configuration.Error.WriteLineAsync($"{Path(parsed.CommandResult)} --help lists what there is.").ConfigureAwait(false);
        return exitCode;
    }

    /// <summary>Runs <paramref name="action"/>; what the user can put right becomes one line on the error stream and an exit code.</summary>
    internal static void SetAction(this Command command, Terminal terminal, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction((parsed, cancellation) => GuardAsync(terminal, action, parsed, cancellation));

    private static async Task<int> GuardAsync(
        Terminal terminal, Func<ParseResult, CancellationToken, Task<int>> action, ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            terminal.Token = parsed.GetValue(Server.TokenOption);
            return await action(parsed, cancellation).ConfigureAwait(false);
        }
        catch (CommandException exception)
        {
            return Fail(terminal, exception.ExitCode, exception.Message);
        }
        catch (FleetMonitorException exception)
        {
            return Fail(terminal, ExitCode.Server, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or DocumentException or LimitException)
        {
            return Fail(terminal, ExitCode.Data, exception.Message);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Fail(terminal, ExitCode.Cancelled, "stopped");
        }
    }

    /// <summary>"fleetmonitor specs diff".</summary>
    private static string Path(CommandResult command) => command.Parent is CommandResult parent ? $"{Path(parent)} {command.Command.Name}" : "fleetmonitor";

    private static int Fail(Terminal terminal, int exitCode, string message)
    {
        terminal.Error.WriteLine($"fleetmonitor: {message}");
        return exitCode;
    }
}
