using System.Numerics;
using FleetMonitor.Core.Statistics;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 300)]
public sealed class KolmogorovSmirnovTests
{
    private const double Inf = double.PositiveInfinity;

    [Fact]
    public void Statistic_HandCases_AreExact()
    {
        Assert.Equal(0, KolmogorovSmirnov.Statistic([1, 2, 3], [1, 2, 3]));
        Assert.Equal(0, KolmogorovSmirnov.Statistic([1, 2], [1, 1, 1, 2, 2, 2]));
        Assert.Equal(1, KolmogorovSmirnov.Statistic([1, 2, 3], [4, 5]));
        Assert.Equal(1, KolmogorovSmirnov.Statistic([4, 5], [1, 2, 3]));
        Assert.Equal(0.5, KolmogorovSmirnov.Statistic([1, 2, 3, 4], [3, 4, 5, 6]));
        Assert.Equal(0.5, KolmogorovSmirnov.Statistic([1], [1, 2]));
        Assert.Equal(1, KolmogorovSmirnov.Statistic([7, 7, 7], [8]));
        Assert.Equal(0, KolmogorovSmirnov.Statistic([7, 7, 7], [7]));
    }

    [Fact]
    public void Statistic_Infinities_AreValuesLikeAnyOther()
    {
        Assert.Equal(0, KolmogorovSmirnov.Statistic([-Inf, Inf], [-Inf, -Inf, Inf, Inf]));
        Assert.Equal(0.5, KolmogorovSmirnov.Statistic([-Inf, 1], [0, 1]));
        Assert.Equal(0.5, KolmogorovSmirnov.Statistic([0, Inf], [0, 1]));
        Assert.Equal(1, KolmogorovSmirnov.Statistic([-Inf, -Inf], [Inf]));
    }

    [Fact]
    public void Statistic_EmptySide_Throws()
    {
        Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Statistic([], [1]));
        Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Statistic([1], []));
    }

    [Property]
    public void Statistic_ManyTies_IsTheDefinition(byte[] a, byte[] b)
    {
        double[] left = [3, .. a.Select(x => (double)(x % 8))], right = [4, .. b.Select(x => (double)(x % 8))];
        Array.Sort(left);
        Array.Sort(right);
        var expected = left.Concat(right).Max(x =>
            Math.Abs(left.Count(y => y <= x) / (double)left.Length - right.Count(y => y <= x) / (double)right.Length));
        Assert.Equal(expected, KolmogorovSmirnov.Statistic(left, right), 1e-15);
        Assert.Equal(KolmogorovSmirnov.Statistic(left, right), KolmogorovSmirnov.Statistic(right, left));
    }

    /// <summary>Kolmogorov's series to 60 digits.</summary>
    [Theory]
    [InlineData(0.1, 1.0)]
    [InlineData(0.3, 9.999906941986654334e-1)]
    [InlineData(0.5, 9.639452436648750944e-1)]
    [InlineData(0.8, 5.441424115741980767e-1)]
    [InlineData(0.82, 5.119717052984972943e-1)]
    [InlineData(0.9, 3.927307079406543433e-1)]
    [InlineData(1.0, 2.699996716773545212e-1)]
    [InlineData(1.36, 4.948587675537788364e-2)]
    [InlineData(2.5, 7.453306344157341600e-6)]
    [InlineData(10.0, 2.767793053473475061e-87)]
    [InlineData(18.0, 7.554499944724249637e-282)]
    public void Survival_KnownValues_AgreeIntoTheFarTail(double x, double expected) =>
        Close.Relative(expected, KolmogorovDistribution.Survival(x), 1e-13, $"Q({x})");

    [Fact]
    public void PValueLimit_Ends_AreOneAndZero()
    {
        Assert.Equal(1, KolmogorovSmirnov.PValueLimit(0, 50_000, 5_000));
        Assert.Equal(0.0, KolmogorovSmirnov.PValueLimit(1, 50_000, 5_000));
        Assert.InRange(KolmogorovSmirnov.PValueLimit(1, 1_000_000_000_000, 1), 0, 0.3);
    }

    /// <summary>Lattice paths counted in integers of any size.</summary>
    [Theory]
    [InlineData(3, 4, 6, 6.57142857142857142857e-1)]
    [InlineData(7, 7, 7, 5.82750582750582750583e-4)]
    [InlineData(1, 9, 9, 2e-1)]
    [InlineData(30, 50, 40, 1.18243290924731425868e-1)]
    [InlineData(300, 500, 200, 2.32079238670856910478e-3)]
    [InlineData(500, 500, 22, 7.18919185020441761666e-1)]
    [InlineData(997, 1_000, 79_760, 3.09241255089249856865e-3)]
    [InlineData(2, 10_000, 6_000, 3.20143990400000191942e-1)]
    [InlineData(500, 10_000, 1_200, 1.98594396433631351015e-6)]
    [InlineData(5_000, 10_000, 300, 4.92215154027954169931e-3)]
    [InlineData(5_000, 10_000, 500, 1.13596964245470698643e-7)]
    [InlineData(9_999, 10_000, 1_999_877, 3.58960517052149668329e-2)]
    [InlineData(10_000, 10_000, 163, 1.40284517623740603563e-1)]
    [InlineData(10_000, 10_000, 2_500, 9.55885417888813244478e-275)]
    public void PValueExact_KnownValues_Agree(int n, int m, int h, double expected)
    {
        var lcm = (double)n / (double)BigInteger.GreatestCommonDivisor(n, m) * m;
        Close.Relative(expected, KolmogorovSmirnov.PValueExact(h / lcm, n, m), 1e-11, $"{n} {m} {h}");
        Close.Relative(expected, KolmogorovSmirnov.PValueExact(h / lcm, m, n), 1e-11, $"{m} {n} {h}");
    }

    [Property]
    public void PValueExact_AnySmallSizes_IsTheShareOfPathsOutside(PositiveInt first, PositiveInt second, PositiveInt steps)
    {
        int n = 1 + first.Get % 40, m = 1 + second.Get % 40;
        var gcd = (int)BigInteger.GreatestCommonDivisor(n, m);
        var lcm = n / gcd * m;
        var h = 1 + steps.Get * 7 % lcm;
        Close.Relative(ShareOutside(n, m, gcd, h), KolmogorovSmirnov.PValueExact((double)h / lcm, n, m), 1e-12, $"{n} {m} {h}");
    }

    [Fact]
    public void PValueExact_Ends_AreOneAndTheTwoExtremePaths()
    {
        Assert.Equal(1, KolmogorovSmirnov.PValueExact(0, 5, 7));
        Assert.Equal(1, KolmogorovSmirnov.PValueExact(1e-12, 5, 7));
        Assert.Equal(2.0 / 792, KolmogorovSmirnov.PValueExact(1, 5, 7), 1e-15);
        Assert.Equal(1, KolmogorovSmirnov.PValueExact(1, 1, 1));
        Assert.Equal(0.0, KolmogorovSmirnov.PValueExact(1, 9_999, 10_000));
    }

    [Fact]
    public void PValue_LargerSample_ChoosesTheDistribution()
    {
        Assert.Equal(KolmogorovSmirnov.PValueExact(0.02, 5_000, 10_000), KolmogorovSmirnov.PValue(0.02, 5_000, 10_000));
        Assert.Equal(KolmogorovSmirnov.PValueLimit(0.02, 5_000, 10_001), KolmogorovSmirnov.PValue(0.02, 5_000, 10_001));
        Assert.NotEqual(KolmogorovSmirnov.PValueLimit(0.02, 5_000, 10_000), KolmogorovSmirnov.PValue(0.02, 5_000, 10_000));
        // The limit is what the exact one tends to.
        Assert.Equal(KolmogorovSmirnov.PValueExact(0.02, 9_999, 10_000), KolmogorovSmirnov.PValueLimit(0.02, 9_999, 10_000), 1e-3);
    }

    private static double ShareOutside(int n, int m, int gcd, int h)
    {
        var inside = new BigInteger[n + 1, m + 1];
        var all = new BigInteger[n + 1, m + 1];
        for (var x = 0; x <= n; x++)
        {
            for (var y = 0; y <= m; y++)
            {
                all[x, y] = x == 0 || y == 0 ? 1 : all[x - 1, y] + all[x, y - 1];
                if (Math.Abs(m / gcd * x - n / gcd * y) < h)
                    inside[x, y] = x + y == 0 ? 1 : (x > 0 ? inside[x - 1, y] : 0) + (y > 0 ? inside[x, y - 1] : 0);
            }
        }
        var outside = all[n, m] - inside[n, m];
        return Math.Exp(BigInteger.Log(outside) - BigInteger.Log(all[n, m]));
    }
}
