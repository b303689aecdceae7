namespace FleetMonitor.Core.Statistics;

/// <summary>Exact performance of a regression over a window's rows, as scikit-learn computes it.</summary>
/// <remarks>Two passes in double-double sums, no allocation. A score whose sum overflows is null; NaN does not reach this far.</remarks>
public static class RegressionMetrics
{
    /// <summary>2⁻⁵², the smallest denominator of <c>mean_absolute_percentage_error</c>.</summary>
    private const double SmallestDenominator = 2.220446049250313e-16;

    public static RegressionPerformance Compute(ReadOnlySpan<double> truth, ReadOnlySpan<double> predicted)
    {
        if (predicted.Length != truth.Length)
            throw new ArgumentException("Truth and prediction are columns of the same rows.", nameof(predicted));
        if (truth.IsEmpty)
            return new RegressionPerformance(0, null, null, null, null);

        CompensatedSum absolute = default, squared = default, relative = default;
        for (var row = 0; row < truth.Length; row++)
        {
            var error = Math.Abs(truth[row] - predicted[row]);
            absolute.Add(error);
            squared.Add(error * error);
            relative.Add(error / Math.Max(Math.Abs(truth[row]), SmallestDenominator));
        }
        return new RegressionPerformance(
            truth.Length,
            Score.OrNull(absolute.DividedBy(truth.Length)),
            Score.OrNull(Math.Sqrt(squared.DividedBy(truth.Length))),
            R2(truth, squared.DividedBy(truth.Length)),
            Score.OrNull(relative.DividedBy(truth.Length)));
    }

    private static double? R2(ReadOnlySpan<double> truth, double meanSquaredError) =>
        truth.Length < 2 || !double.IsFinite(meanSquaredError) || Moments.PopulationVariance(truth) is not { } variance ? null
        : variance == 0 ? meanSquaredError == 0 ? 1 : 0
        : Score.OrNull(1 - meanSquaredError / variance);
}
