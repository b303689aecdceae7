namespace FleetMonitor.Core.Statistics;

internal static class Score
{
    /// <summary>The value, or null where arithmetic could not give one: no score is ever NaN or infinite.</summary>
    public static double? OrNull(double value) => double.IsFinite(value) ? value : null;
}
