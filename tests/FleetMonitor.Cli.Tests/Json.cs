using System.Text.Json;

namespace FleetMonitor.Cli.Tests;

internal static class Json
{
    /// <summary>A member by its path: "drift.car_value.ks".</summary>
    public static JsonElement At(this JsonElement element, string path)
    {
        foreach (var name in path.Split('.')) element = element.GetProperty(name);
        return element;
    }

    public static double Number(this JsonElement element, string path) => element.At(path).GetDouble();

    public static bool IsNull(this JsonElement element, string path) => element.At(path).ValueKind == JsonValueKind.Null;

    public static JsonElement[] Chunks(this JsonElement report) => [.. report.GetProperty("chunks").EnumerateArray()];

    public static string[] Alerts(this JsonElement chunk) => [.. chunk.GetProperty("alerts").EnumerateArray().Select(a => a.GetString()!)];

    public static string[] Drifted(this JsonElement chunk) =>
        [.. chunk.GetProperty("drift").EnumerateObject().Where(c => c.Value.GetProperty("drifted").GetBoolean()).Select(c => c.Name)];

    public static void AssertClose(double expected, double actual, double tolerance, string what) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, FormattableString.Invariant($"{what}: expected {expected:R}, got {actual:R}"));
}
