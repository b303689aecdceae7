using System.Reflection;

namespace FleetMonitor.Api.Configuration;

/// <summary>One key that may be configured.</summary>
/// <param name="Key">Its path, such as <c>FleetMonitor:Api:MaxBodyBytes</c>.</param>
/// <param name="Default">What it is when nobody says otherwise; null: nothing.</param>
internal sealed record OptionKey(string Key, Type Type, object? Default)
{
    /// <summary>Whether its value is for nobody to see.</summary>
    public bool IsSecret => Key.EndsWith(":ConnectionString", StringComparison.Ordinal) || Key.EndsWith(":Headers", StringComparison.Ordinal) || Key.EndsWith(":Password", StringComparison.Ordinal);
}

/// <summary>The keys of sections, as their options' types have them.</summary>
internal static class OptionKeys
{
    public static IReadOnlyList<OptionKey> Of(IEnumerable<OptionsSection> sections) => [.. sections.SelectMany(section => Keys(section.Name, Activator.CreateInstance(section.Type)!))];

    private static IEnumerable<OptionKey> Keys(string section, object defaults) =>
        from property in defaults.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where property.SetMethod is { IsPublic: true }
        from key in IsSection(property.PropertyType)
            ? Keys($"{section}:{property.Name}", property.GetValue(defaults)!)
            : [new OptionKey($"{section}:{property.Name}", property.PropertyType, property.GetValue(defaults))]
        select key;

    private static bool IsSection(Type type) => type is { IsClass: true, Namespace: { } name } && name.StartsWith("FleetMonitor.", StringComparison.Ordinal);
}
