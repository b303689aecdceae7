using FleetMonitor.Core.Statistics;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 300)]
public sealed class WassersteinTests
{
    [Fact]
    public void Distance_HandCases_AreExact()
    {
        Assert.Equal(5, Wasserstein.Distance([0, 1, 3], [5, 6, 8]), 15);
        Assert.Equal(0.25, Wasserstein.Distance([0, 1], [0, 1, 1, 1]), 15);
        Assert.Equal(3, Wasserstein.Distance([2], [5]), 15);
        Assert.Equal(2, Wasserstein.Distance([3], [1, 5]), 15);
    }

    [Fact]
    public void Distance_SameDistributionOfUnequalSizes_IsZero() => Assert.Equal(0.0, Wasserstein.Distance([0.1, 0.7, 0.9], [0.1, 0.1, 0.7, 0.7, 0.9, 0.9]));

    [Fact]
    public void Distance_HugeValues_IsNeverNaN()
    {
        Assert.Equal(0.0, Wasserstein.Distance([-1e308, 1e308], [-1e308, 1e308]));
        Assert.False(double.IsNaN(Wasserstein.Distance([-1.7e308, 1.7e308], [-1.7e308, -1e308])));
        Assert.Null(Wasserstein.Normalised(Wasserstein.Distance([-1.7e308], [1.7e308]), 1));
    }

    [Fact]
    public void Distance_EmptySide_Throws()
    {
        Assert.Throws<ArgumentException>(() => Wasserstein.Distance([], [1]));
        Assert.Throws<ArgumentException>(() => Wasserstein.Distance([1], []));
    }

    [Fact]
    public void Normalised_ConstantReference_IsNull()
    {
        Assert.Equal(2.5, Wasserstein.Normalised(5, 2));
        Assert.Null(Wasserstein.Normalised(5, 0));
        Assert.Null(Wasserstein.Normalised(5, double.NaN));
    }

    [Property]
    public void Distance_ManyTies_IsTheAreaBetweenTheDistributionFunctions(byte[] a, byte[] b)
    {
        double[] left = [3, .. a.Select(x => (double)(x % 16))], right = [4, .. b.Select(x => (double)(x % 16))];
        Array.Sort(left);
        Array.Sort(right);
        var expected = Enumerable.Range(0, 16).Sum(x =>
            Math.Abs(left.Count(y => y <= x) / (double)left.Length - right.Count(y => y <= x) / (double)right.Length));
        Assert.Equal(expected, Wasserstein.Distance(left, right), 1e-12);
        Assert.Equal(Wasserstein.Distance(left, right), Wasserstein.Distance(right, left), 1e-13);
    }

    [Property]
    public void Distance_ShiftedSample_IsTheShift(short[] values, short shift)
    {
        double[] sorted = [0, .. values.Select(x => (double)x)];
        Array.Sort(sorted);
        Assert.Equal(Math.Abs((double)shift), Wasserstein.Distance(sorted, [.. sorted.Select(x => x + shift)]), 1e-9);
    }
}
