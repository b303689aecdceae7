using System.ComponentModel;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FleetMonitor.Api.Configuration;

/// <summary>What is wrong with a configuration before any of it is used: values that are not of their option's type, and keys that no option has. Told at the
/// start with all else that is wrong.</summary>
/// <remarks>
/// Binding would end at the first value that it cannot read, and never look at a key that is misspelt. So the defaults stand in for such values, everything
/// else is
/// validated as it is, and the start is refused with all of it.
/// </remarks>
internal sealed class ConfigurationMistakes(IReadOnlyList<string> texts)
{
    public IReadOnlyList<string> Texts => texts;

    /// <summary>Looks at the configuration of a process that has these sections.</summary>
    public static void Find(IHostApplicationBuilder builder, IReadOnlyList<OptionsSection> sections)
    {
        var keys = OptionKeys.Of(sections).DistinctBy(key => key.Key, StringComparer.OrdinalIgnoreCase).ToDictionary(key => key.Key, StringComparer.OrdinalIgnoreCase);
        var (mistakes, unreadable) = (new List<string>(), new Dictionary<string, string?>());
        foreach (var key in keys.Values)
        {
            if (builder.Configuration[key.Key] is not { } value || IsReadable(key.Type, value)) continue;
            mistakes.Add($"{key.Key}: expected {Expected(key.Type)}, got \"{(key.IsSecret ? "…" : value)}\".");
            unreadable[key.Key] = FleetConfiguration.Text(key.Default);
        }
        mistakes.AddRange(Unknown(builder.Configuration, keys));
        if (unreadable.Count > 0) builder.Configuration.AddInMemoryCollection(unreadable);
        builder.Services.AddSingleton(new ConfigurationMistakes(mistakes));
    }

    /// <summary>Keys in sections of ours that no option has. A section that is another process's (a gateway is told of the silos' storage) is none of
    /// ours.</summary>
    private static IEnumerable<string> Unknown(IConfiguration configuration, Dictionary<string, OptionKey> keys)
    {
        foreach (var section in keys.Keys.Select(key => key[..key.LastIndexOf(':')]).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            foreach (var given in configuration.GetSection(section).GetChildren())
            {
                if (given.Value is null || keys.ContainsKey(given.Path)) continue;
                var known = keys.Keys.Where(key => key.StartsWith(section + ':', StringComparison.OrdinalIgnoreCase) && key.LastIndexOf(':') == section.Length).Select(key => key[(section.Length + 1)..]);
                yield return $"{given.Path}: there is no such option; {section} has {string.Join(", ", known)}.";
            }
        }
    }

    private static bool IsReadable(Type type, string value)
    {
        if (type == typeof(string) || (value.Length == 0 && Nullable.GetUnderlyingType(type) is not null)) return true;
        var converter = TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(type) ?? type);
        try
        {
            return converter.ConvertFromInvariantString(value) is not null;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or NotSupportedException || exception.InnerException is FormatException or OverflowException)
        {
            return false;
        }
    }

    private static string Expected(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum) return string.Join(" or ", Enum.GetNames(type));
        return type == typeof(bool) ? "true or false"
            : type == typeof(TimeSpan) ? "a time such as 00:00:05 (or 1.00:00:00, a day)"
            : type == typeof(double) ? "a number"
            : type == typeof(Uri) ? "an address"
            : string.Create(CultureInfo.InvariantCulture, $"a whole number of {(type == typeof(long) ? 64 : 32)} bits");
    }
}
