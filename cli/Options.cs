using System.CommandLine;

namespace FleetMonitor.Cli;

/// <summary>Options in one line each: name, what its value is, what it says.</summary>
internal static class Options
{
    public static Option<T> Of<T>(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    public static Option<T> Of<T>(string name, string value, string description, T byDefault) =>
        new(name) { HelpName = value, Description = description, DefaultValueFactory = _ => byDefault };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>Refuses other values, and names those that there are.</summary>
    public static Option<T> OneOf<T>(this Option<T> option, params string[] values)
    {
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!values.Contains(token.Value, StringComparer.Ordinal)) result.AddError($"{option.Name}: expected {string.Join(", ", values)}; got \"{token.Value}\"");
            }
        });
        return option;
    }
}
