namespace FleetMonitor.Cli;

/// <summary>How a command ends.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>An option or a column's name is wrong.</summary>
    public const int Usage = 1;

    /// <summary>A file cannot be read, or with --strict has a bad row.</summary>
    public const int Data = 2;

    /// <summary>The server refused, or could not be reached.</summary>
    public const int Server = 3;

    /// <summary>What was compared differs.</summary>
    public const int Differs = 4;

    /// <summary>Stopped by the user, before the work was done.</summary>
    public const int Cancelled = 130;
}

/// <summary>Something the user can put right, in one line.</summary>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
