using FleetMonitor.Core.Statistics;
using MathNet.Numerics.Distributions;

namespace FleetMonitor.Core.Comparisons;

/// <summary>Some numbers by count, mean and the variance of one of them (divided by count − 1).</summary>
public readonly record struct MeanSample(long Count, double Mean, double Variance)
{
    /// <summary>Variance of the mean.</summary>
    public double Error => Variance / Count;

    /// <summary>From sums; a variance that rounding made negative is 0.</summary>
    public static MeanSample Of(long count, double sum, double sumOfSquares)
    {
        if (count == 0) return default;
        var mean = sum / count;
        return new MeanSample(count, mean, count < 2 ? 0 : Math.Max(0, (sumOfSquares - (sum * mean)) / (count - 1)));
    }
}

/// <summary>A difference, its interval, and the two-sided p-value of there being none.</summary>
public readonly record struct TestedDifference(double Value, double Lower, double Upper, double PValue);

/// <summary>
/// Differences of means by Student's t: of two samples each with its own variance (Welch, 1947), or of pairs (one sample of differences). O(1).
/// </summary>
public static class MeanDifference
{
    /// <summary>Null with fewer than two values on a side, or where a number is not finite.</summary>
    /// <param name="error">The probability, both sides together, that the interval misses, above 0, below 1.</param>
    public static TestedDifference? Welch(in MeanSample first, in MeanSample second, double error)
    {
        if (first.Count < 2 || second.Count < 2) return null;
        double one = first.Error, other = second.Error;
        var freedom = (one + other) * (one + other) / ((one * one / (first.Count - 1)) + (other * other / (second.Count - 1)));
        return Student(first.Mean - second.Mean, Math.Sqrt(one + other), freedom, error);
    }

    /// <summary>Of the differences of pairs; null of fewer than two.</summary>
    /// <inheritdoc cref="Welch"/>
    public static TestedDifference? Paired(in MeanSample differences, double error) =>
        differences.Count < 2 ? null : Student(differences.Mean, Math.Sqrt(differences.Error), differences.Count - 1, error);

    /// <summary>The interval of one mean; null of fewer than two values.</summary>
    public static Interval? Mean(in MeanSample sample, double error) =>
        Paired(sample, error) is { } mean ? new Interval(mean.Value, mean.Lower, mean.Upper) : null;

    private static TestedDifference? Student(double difference, double deviation, double freedom, double error)
    {
        if (!double.IsFinite(difference) || !double.IsFinite(deviation)) return null;
        // Constant on both sides: what is seen is all there is.
        if (deviation == 0) return new TestedDifference(difference, difference, difference, difference == 0 ? 1 : 0);
        var half = StudentT.InvCDF(0, 1, freedom, 1 - (error / 2)) * deviation;
        return new TestedDifference(difference, difference - half, difference + half, 2 * StudentT.CDF(0, 1, freedom, -Math.Abs(difference / deviation)));
    }
}
