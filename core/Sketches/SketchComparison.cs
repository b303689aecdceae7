namespace FleetMonitor.Core.Sketches;

/// <summary>How far two samples are apart that are known by their sketches only, with the sketches' error inside.</summary>
/// <remarks>
/// The sketched statistic D′ is off from that of the samples by at most t with a probability of 1 − δ(t), δ(t) = 2·100^(−(t/ε)²): the error of a sketch is a sum of independent coin tosses, so its tail is that of a normal one, and ε, the sum of
/// both sketches' <see cref="KllSketch.RankErrorOfAll"/>, is where 1 % is left. So for every t, p = Q(√(nm/(n + m))·(D′ − t)) + δ(t) is a valid p-value, with Q Kolmogorov's limit; the t of a fixed grid that gives the least is taken, times the
/// grid's length, which pays for the choice. Sketches of the same data differ by about ε at most, where p is 1: identical data never alarms. With exact sketches (ε = 0) it is the plain p-value.
/// O(kept log kept).
/// </remarks>
public static class SketchComparison
{
    private static readonly double[] Grid = [1, 1.25, 1.5, 1.75, 2, 2.5, 3];

    /// <summary>max |Fa − Fb| of the sketched distribution functions; within <see cref="KllSketch.RankErrorOfAll"/> of both sketches together of the samples' own. 0 when either is empty.</summary>
    public static double KolmogorovSmirnov(KllSketch a, KllSketch b)
    {
        var largest = 0.0;
        Walk(a, b, (_, _, difference) => largest = Math.Max(largest, Math.Abs(difference)));
        return largest;
    }

    /// <summary>An upper bound of the p-value of the samples' Kolmogorov-Smirnov test; 1 when either sketch is empty.</summary>
    public static double PValue(KllSketch a, KllSketch b)
    {
        if (a.Count == 0 || b.Count == 0) return 1;
        var statistic = KolmogorovSmirnov(a, b);
        var error = a.RankErrorOfAll + b.RankErrorOfAll;
        if (error == 0) return Statistics.KolmogorovSmirnov.PValueLimit(statistic, a.Count, b.Count);
        var least = 1.0;
        foreach (var multiple in Grid)
        {
            var test = Statistics.KolmogorovSmirnov.PValueLimit(Math.Max(0, statistic - (multiple * error)), a.Count, b.Count);
            least = Math.Min(least, Grid.Length * (test + (2 * Math.Pow(100, -multiple * multiple))));
        }
        return least;
    }

    /// <summary>∫|Fa − Fb| dx of the sketched distribution functions, in the values' unit, and what is certain of it.</summary>
    /// <returns>The distance, and the least that the samples' own can be at 99 %: the same integral of what is beyond the rank error. Null when either is empty or has infinite values.</returns>
    public static (double Distance, double Least)? Wasserstein(KllSketch a, KllSketch b)
    {
        if (a.Count == 0 || b.Count == 0) return null;
        double distance = 0, least = 0, error = a.RankErrorOfAll + b.RankErrorOfAll;
        Walk(a, b, (from, to, difference) =>
        {
            distance += (to - from) * Math.Abs(difference);
            least += (to - from) * Math.Max(0, Math.Abs(difference) - error);
        });
        return double.IsFinite(distance) ? (distance, least) : null;
    }

    /// <summary>Calls with each stretch between two neighbouring kept values, and Fa − Fb on it.</summary>
    private static void Walk(KllSketch a, KllSketch b, Action<double, double, double> visit)
    {
        if (a.Count == 0 || b.Count == 0) return;
        var (valuesA, weightsA) = a.Points();
        var (valuesB, weightsB) = b.Points();
        long belowA = 0, belowB = 0;
        int i = 0, j = 0;
        while (i < valuesA.Length || j < valuesB.Length)
        {
            var value = j == valuesB.Length || (i < valuesA.Length && valuesA[i] <= valuesB[j]) ? valuesA[i] : valuesB[j];
            while (i < valuesA.Length && valuesA[i] == value) belowA += weightsA[i++];
            while (j < valuesB.Length && valuesB[j] == value) belowB += weightsB[j++];
            var next = i < valuesA.Length && (j == valuesB.Length || valuesA[i] <= valuesB[j]) ? valuesA[i] : j < valuesB.Length ? valuesB[j] : value;
            visit(value, next, ((double)belowA / a.Count) - ((double)belowB / b.Count));
        }
    }
}
