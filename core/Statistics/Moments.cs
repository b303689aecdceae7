namespace FleetMonitor.Core.Statistics;

/// <summary>Mean and population variance of a sample, in two passes.</summary>
/// <remarks>
/// Null of an empty sample, and where a sum overflows. The mean comes of a double-double sum and is right to the last bit or the one before it; the variance is
/// Σ(x − mean)² / n, so a sample of equal values has exactly its value as mean and 0 as variance: no drift score is ever divided by mere rounding.
/// O(n), no allocation. The caller leaves out missing values and ±∞.
/// </remarks>
public static class Moments
{
    public static double? Mean(ReadOnlySpan<double> values) => values.IsEmpty ? null : Score.OrNull(MeanOf(values));

    /// <summary>Variance with divisor n (numpy's default), in squared units of the values.</summary>
    public static double? PopulationVariance(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            return null;

        var mean = MeanOf(values);
        var squares = default(CompensatedSum);
        foreach (var value in values)
        {
            var deviation = value - mean;
            squares.Add(deviation * deviation);
        }
        return Score.OrNull(squares.DividedBy(values.Length));
    }

    /// <summary>Square root of the population variance, in units of the values.</summary>
    public static double? PopulationStandardDeviation(ReadOnlySpan<double> values) =>
        PopulationVariance(values) is { } variance ? Math.Sqrt(variance) : null;

    private static double MeanOf(ReadOnlySpan<double> values)
    {
        var sum = default(CompensatedSum);
        foreach (var value in values)
            sum.Add(value);
        return sum.DividedBy(values.Length);
    }
}
