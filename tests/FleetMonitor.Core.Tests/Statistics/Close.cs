using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

/// <summary>Assertions to a stated tolerance that say what was compared.</summary>
internal static class Close
{
    public static void Absolute(double expected, double? actual, double tolerance, string what)
    {
        Assert.True(actual is not null, $"{what}: expected {expected:R}, got null");
        Assert.True(Math.Abs(actual.Value - expected) <= tolerance, $"{what}: expected {expected:R} ± {tolerance}, got {actual:R}");
    }

    public static void Relative(double expected, double? actual, double tolerance, string what)
    {
        Assert.True(actual is not null, $"{what}: expected {expected:R}, got null");
        Assert.True(
            Math.Abs(actual.Value - expected) <= tolerance * Math.Abs(expected),
            $"{what}: expected {expected:R} to {tolerance} relative, got {actual:R} (off by {Math.Abs(actual.Value / expected - 1):E1})");
    }
}
