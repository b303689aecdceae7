using System.CommandLine;

namespace FleetMonitor.Cli.Models;

/// <summary>What a command about models needs: the server, the model's name, whether a program reads it.</summary>
internal sealed class ModelOptions
{
    public Argument<string> Model { get; } = NameArgument();

    public Option<string?> Window { get; } = Options.Of<string?>("--window", "DURATION", "Such as 5m, 1h, 24h or 7d; by default the model's headline window.");

    public Option<string> Url { get; } = Server.Option();

    public Option<bool> Json { get; } = Options.Flag("--json", "Print what the server sent.");

    /// <summary>The query that the window is, or nothing.</summary>
    public string Query(ParseResult parsed) => parsed.GetValue(Window) is { } window ? $"?window={Uri.EscapeDataString(window)}" : "";

    private static Argument<string> NameArgument()
    {
        var argument = new Argument<string>("MODEL") { Description = "The model's name." };
        // Names begin with a letter or a digit: what begins with a hyphen is a slip of the pen.
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', ..] value }, ..]) result.AddError($"'{value}' is no option of this command, and no model's name.");
        });
        return argument;
    }
}
