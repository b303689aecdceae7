namespace FleetMonitor.Core.Tests.Estimation;

/// <summary>Uniform numbers of splitmix64, so that another language can draw the same.</summary>
internal static class Uniform
{
    public static double[] Numbers(ulong seed, int count)
    {
        var numbers = new double[count];
        for (var i = 0; i < count; i++)
        {
            var z = seed + ((ulong)(i + 1) * 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            numbers[i] = (z >> 11) * Math.ScaleB(1, -53);
        }
        return numbers;
    }

    /// <summary>Scores and outcomes whose probability follows from the score.</summary>
    public static (double[] Scores, bool[] Outcomes) Outcomes(ulong seed, int count, Func<double, double> probability)
    {
        var scores = Numbers(seed, count);
        var draws = Numbers(seed + 1, count);
        return (scores, [.. scores.Zip(draws, (score, draw) => draw < probability(score))]);
    }
}
