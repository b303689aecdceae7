using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Estimation;

/// <summary>Where a performance metric leaves what it was in the reference: mean ± 3 population standard deviations of its chunks' realised values, within 0…1.</summary>
/// <remarks>NannyML's default. With one chunk both bounds are its value.</remarks>
public readonly record struct PerformanceThreshold(double Lower, double Upper)
{
    private const double Deviations = 3;

    /// <summary>Null without a chunk that has the metric.</summary>
    public static PerformanceThreshold? Of(IEnumerable<double?> realised)
    {
        double[] values = [.. realised.OfType<double>()];
        if (Moments.Mean(values) is not { } mean || Moments.PopulationStandardDeviation(values) is not { } deviation) return null;
        return new PerformanceThreshold(Math.Max(0, mean - (Deviations * deviation)), Math.Min(1, mean + (Deviations * deviation)));
    }

    /// <summary>Whether a value lies outside.</summary>
    public bool Alerts(double value) => value < Lower || value > Upper;
}
