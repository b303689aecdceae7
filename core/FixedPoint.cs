namespace FleetMonitor.Core;

/// <summary>Sums of small non-negative numbers as integers, so that taking one back restores the sum to the bit, and order changes nothing.</summary>
/// <remarks>Unit 2⁻³²: an error of at most 1.2·10⁻¹⁰ a term (and so of a mean); room for 6·10⁷ terms of 34.5 (the largest log loss) or 2·10⁹ of 1.</remarks>
internal static class FixedPoint
{
    private const double One = 1L << 32;

    public static long From(double value) => (long)Math.Round(value * One);

    public static double Mean(long sum, long count) => sum / One / count;

    public static double ToDouble(long sum) => sum / One;
}
