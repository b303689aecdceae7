using FleetMonitor.Core.Evidence;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Evidence;

[Properties(Replay = "7,11", MaxTest = 300)]
public sealed class EBenjaminiHochbergTests
{
    private const double Alpha = 0.05;

    [Property]
    public void Threshold_AnyEValues_RejectsWhatTheDefinitionDoes(int seed)
    {
        var all = EValues(new Random(seed));
        var threshold = EBenjaminiHochberg.Threshold([.. all], all.Length, Alpha);
        Assert.Equal(Plain(all), all.Count(e => e >= threshold));
    }

    [Property]
    public void Threshold_WithoutTheSmallOnes_IsTheSame(int seed)
    {
        var all = EValues(new Random(seed));
        Assert.Equal(
            EBenjaminiHochberg.Threshold([.. all], all.Length, Alpha),
            EBenjaminiHochberg.Threshold([.. all.Where(e => e >= 1 / Alpha)], all.Length, Alpha));
    }

    [Fact]
    public void Threshold_HandCase_IsWhatTheFormulaSays()
    {
        // 10 hypotheses: k·e₍ₖ₎ ≥ 10/0.05 = 200 first holds from the back at k = 3, with 3·70 = 210; 4·40 = 160 does not.
        Assert.Equal(200.0 / 3, EBenjaminiHochberg.Threshold([40, 300, 70, 90], 10, Alpha), 12);
        Assert.Equal(EBenjaminiHochberg.NothingRejected, EBenjaminiHochberg.Threshold([199, 21], 10, Alpha));
        Assert.Equal(EBenjaminiHochberg.NothingRejected, EBenjaminiHochberg.Threshold([], 0, Alpha));
    }

    [Fact]
    public void Threshold_MoreEValuesThanHypotheses_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EBenjaminiHochberg.Threshold([30, 40], 1, Alpha));

    /// <summary>The definition, over all of them.</summary>
    private static int Plain(double[] eValues)
    {
        var descending = eValues.OrderDescending().ToArray();
        var rejected = 0;
        for (var k = 1; k <= descending.Length; k++)
        {
            if (k * descending[k - 1] / descending.Length >= 1 / Alpha) rejected = k;
        }
        return rejected;
    }

    private static double[] EValues(Random random)
    {
        var spread = 1 + (4 * random.NextDouble());
        return [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => Math.Round(Math.Exp(spread * (random.NextDouble() + random.NextDouble())), 2))];
    }
}
