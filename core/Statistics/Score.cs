namespace FleetMonitor.Core.Statistics;

internal static class Score
{
    /// <summary>The value, or null where arithmetic could not give one: no score is ever NaN or infinite.</summary>
    public static double? OrNull(double value) => double.IsFinite(value) ? value : null;

    /// <summary>A share in scikit-learn's sense: 0 where nothing could be counted.</summary>
    public static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
