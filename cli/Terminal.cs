using Spectre.Console;

namespace FleetMonitor.Cli;

/// <summary>What a command talks through: its streams, its clock and the way to a server. Tests give their own.</summary>
internal sealed class Terminal
{
    /// <summary>Columns of a table that goes to a file or a pipe.</summary>
    private const int RedirectedWidth = 160;

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Whether progress on <see cref="Error"/> is seen by somebody.</summary>
    public bool Interactive { get; init; }

    /// <summary>Null: as wide as the terminal.</summary>
    public int? Width { get; init; } = RedirectedWidth;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What the command line says the server knows it by; null: what the environment says.</summary>
    public string? Token { get; set; }

    /// <summary>Null: a socket.</summary>
    public Func<HttpMessageHandler>? Handler { get; init; }

    public static Terminal OfProcess() => new()
    {
        Out = System.Console.Out,
        Error = System.Console.Error,
        OpenInput = System.Console.OpenStandardInput,
        Interactive = !System.Console.IsErrorRedirected,
        Width = System.Console.IsOutputRedirected ? RedirectedWidth : null,
    };

    /// <summary>Tables and colours on one of the streams.</summary>
    public IAnsiConsole Console(TextWriter stream)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(stream),
            Ansi = Width is null || (Interactive && stream == Error) ? AnsiSupport.Detect : AnsiSupport.No,
        });
        if (Width is { } width) console.Profile.Width = width;
        return console;
    }
}
