using System.CommandLine;

namespace FleetMonitor.Cli;

/// <summary>Options in one line each: name, what its value is, what it says.</summary>
internal static class Options
{
    public static Option<T> Of<T>(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    public static Option<T> Of<T>(string name, string value, string description, T byDefault) =>
        new(name) { HelpName = value, Description = description, DefaultValueFactory = _ => byDefault };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };
}
