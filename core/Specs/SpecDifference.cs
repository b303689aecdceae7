using System.Text.Json;

namespace FleetMonitor.Core.Specs;

/// <summary>A member that two specs say differently, as JSON; null on the side that does not say it.</summary>
/// <param name="Field">The member's path: "team", "thresholds.drift.ks".</param>
public sealed record SpecDifference(string Field, string? From, string? To)
{
    /// <summary>Every member in which two specs differ, in order of path. Lists (features, windows) are compared as a whole.</summary>
    public static IReadOnlyList<SpecDifference> Between(ModelSpec one, ModelSpec other)
    {
        SortedDictionary<string, string> from = Members(one), to = Members(other);
        return [.. from.Keys.Union(to.Keys).Order(StringComparer.Ordinal)
            .Select(field => new SpecDifference(field, from.GetValueOrDefault(field), to.GetValueOrDefault(field)))
            .Where(difference => difference.From != difference.To)];
    }

    /// <summary>
    /// What <paramref name="wanted"/> asks for and <paramref name="actual"/> does not have. What it leaves to be inferred is nothing that it asks
    /// for.
    /// </summary>
    public static IReadOnlyList<SpecDifference> Missing(ModelSpec actual, ModelSpec wanted) => Between(actual, wanted with
    {
        Task = wanted.Task ?? actual.Task,
        Positive = wanted.Positive is { } positive ? ClassLabel.Canonical(positive) : wanted.Task is null || wanted.Task == actual.Task ? actual.Positive : null,
        Features = wanted.Features ?? actual.Features,
    });

    private static SortedDictionary<string, string> Members(ModelSpec spec)
    {
        var members = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var document = JsonDocument.Parse(SpecJson.Write(spec));
        Add(document.RootElement, "", members);
        return members;
    }

    private static void Add(JsonElement element, string path, SortedDictionary<string, string> members)
    {
        foreach (var member in element.EnumerateObject())
        {
            var field = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (member.Value.ValueKind == JsonValueKind.Object) Add(member.Value, field, members);
            else members[field] = member.Value.GetRawText();
        }
    }
}
