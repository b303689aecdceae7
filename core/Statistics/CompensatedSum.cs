namespace FleetMonitor.Core.Statistics;

/// <summary>A sum in double-double arithmetic, for windows that add a row today and take it out again next week.</summary>
/// <remarks>
/// 16 bytes, about eight flops an update. Relative error at most 2⁻¹⁰⁴ an update (Joldes, Muller, Popescu: Tight and rigorous error bounds for double-word
/// arithmetic, 2017, algorithms 4 and 6). While all bits in play fit into 106 — magnitudes 1e-6…1e6 and a few thousand terms, or any counts — nothing
/// is rounded at all: order does not matter, and subtracting what was added restores the value to the bit. Merging commutes always.
/// Invariant: |Lo| ≤ ½ ulp(Hi). A sum that overflows stays non-finite: the boundary keeps ±∞ and NaN out, and scores made of such a sum are null.
/// </remarks>
public record struct CompensatedSum(double Hi, double Lo)
{
    /// <summary>The sum, rounded to the nearest double.</summary>
    public readonly double Value => Hi;

    public void Add(double value)
    {
        var (sum, error) = TwoSum(Hi, value);
        (Hi, Lo) = double.IsFinite(sum) ? FastTwoSum(sum, error + Lo) : (sum, 0);
    }

    public void Subtract(double value) => Add(-value);

    public void Merge(in CompensatedSum other)
    {
        var (high, highError) = TwoSum(Hi, other.Hi);
        if (!double.IsFinite(high))
        {
            (Hi, Lo) = (high, 0);
            return;
        }
        var (low, lowError) = TwoSum(Lo, other.Lo);
        (high, var error) = FastTwoSum(high, highError + low);
        (Hi, Lo) = FastTwoSum(high, error + lowError);
    }

    /// <summary>The sum divided by <paramref name="count"/>: the mean of n equal values is that value, to the bit.</summary>
    public readonly double DividedBy(long count)
    {
        var quotient = Hi / count;
        var remainder = Math.FusedMultiplyAdd(-quotient, count, Hi) + Lo;
        return quotient + remainder / count;
    }

    private static (double Sum, double Error) TwoSum(double a, double b)
    {
        var sum = a + b;
        var part = sum - a;
        return (sum, a - (sum - part) + (b - part));
    }

    private static (double Sum, double Error) FastTwoSum(double large, double small)
    {
        var sum = large + small;
        return (sum, small - (sum - large));
    }
}
