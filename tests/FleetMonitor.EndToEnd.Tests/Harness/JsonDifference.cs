using System.Text.Json;

namespace FleetMonitor.EndToEnd.Tests;

/// <summary>Where two answers differ.</summary>
internal static class JsonDifference
{
    /// <summary>Sums of doubles depend on their order in the last bits.</summary>
    private const double Tolerance = 1e-9;

    /// <param name="except">Members that need not be the same.</param>
    public static IEnumerable<string> Between(JsonElement expected, JsonElement actual, string path = "$", params string[] except)
    {
        if (expected.ValueKind != actual.ValueKind) return [$"{path}: {expected} became {actual}"];
        return expected.ValueKind switch
        {
            JsonValueKind.Object => Names(expected).Union(Names(actual)).Except(except).SelectMany(name =>
                expected.TryGetProperty(name, out var one) && actual.TryGetProperty(name, out var other)
                    ? Between(one, other, $"{path}.{name}", except)
                    : [$"{path}.{name}: in one only"]),
            JsonValueKind.Array => expected.GetArrayLength() != actual.GetArrayLength()
                ? [$"{path}: {expected.GetArrayLength()} items became {actual.GetArrayLength()}"]
                : expected.EnumerateArray().Zip(actual.EnumerateArray()).SelectMany((pair, i) => Between(pair.First, pair.Second, $"{path}[{i}]", except)),
            JsonValueKind.Number => Equal(expected.GetDouble(), actual.GetDouble()) ? [] : [$"{path}: {expected} became {actual}"],
            _ => expected.ToString() == actual.ToString() ? [] : [$"{path}: {expected} became {actual}"],
        };
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);

    private static bool Equal(double one, double other) => Math.Abs(one - other) <= Tolerance * Math.Max(1, Math.Abs(one));
}
