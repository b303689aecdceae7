using FleetMonitor.Core.Statistics;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 300)]
public sealed class ChiSquareContingencyTests
{
    [Fact]
    public void Test_ThreeCategories_IsScipys()
    {
        var test = ChiSquareContingency.Test([10, 10, 20], [20, 20, 20])!.Value;
        Assert.Equal(2.7777777777777777, test.Statistic, 14);
        Assert.Equal(0.24935220877729622, test.PValue, 14);
        Assert.Equal(2, test.DegreesOfFreedom);
    }

    [Fact]
    public void Test_TwoCategories_IsCorrectedByYates()
    {
        var test = ChiSquareContingency.Test([10, 20], [30, 40])!.Value;
        Assert.Equal(0.4464285714285714, test.Statistic, 14);
        Assert.Equal(0.5040358664525048, test.PValue, 1e-14);
        Assert.Equal(1, test.DegreesOfFreedom);
    }

    [Fact]
    public void Test_DifferenceBelowOneHalf_IsCorrectedToZero() =>
        Assert.Equal(new ChiSquareResult(0, 1, 1), ChiSquareContingency.Test([1, 1], [1, 2]));

    [Fact]
    public void Test_CategoriesEmptyOnBothSides_AreLeftOut() =>
        Assert.Equal(ChiSquareContingency.Test([10, 20], [30, 40]), ChiSquareContingency.Test([0, 10, 0, 20], [0, 30, 0, 40]));

    [Fact]
    public void Test_OneCategory_HasNoDegreeOfFreedom() =>
        Assert.Equal(new ChiSquareResult(0, 1, 0), ChiSquareContingency.Test([5, 0], [7, 0]));

    [Fact]
    public void Test_EmptySide_IsNull()
    {
        Assert.Null(ChiSquareContingency.Test([0, 0], [1, 2]));
        Assert.Null(ChiSquareContingency.Test([1, 2], [0, 0]));
        Assert.Null(ChiSquareContingency.Test([], []));
    }

    [Fact]
    public void Test_NewCategory_GivesAFinitePositiveP()
    {
        var test = ChiSquareContingency.Test([10_000, 10_000, 0], [990, 1_000, 10])!.Value;
        Assert.True(double.IsFinite(test.Statistic));
        Assert.InRange(test.PValue, 1e-30, 1e-10);
    }

    [Fact]
    public void Test_EverythingMoved_UnderflowsToZero() =>
        Assert.Equal(0.0, ChiSquareContingency.Test([50_000, 0], [0, 50_000])!.Value.PValue);

    [Fact]
    public void Test_MillionCategories_IsFiniteAndSensible()
    {
        var random = new Random(5);
        long[] reference = new long[1_000_000], current = new long[1_000_000];
        for (var draw = 0; draw < 3_000_000; draw++)
        {
            reference[random.Next(reference.Length)]++;
            current[random.Next(current.Length)]++;
        }
        var test = ChiSquareContingency.Test(reference, current)!.Value;
        Assert.InRange(test.PValue, 1e-6, 1);
        current.AsSpan(0, 300_000).Clear();
        Assert.Equal(0.0, ChiSquareContingency.Test(reference, current)!.Value.PValue);
    }

    [Fact]
    public void TwoProportions_SameTable_IsTheTestsP()
    {
        Assert.Equal(ChiSquareContingency.Test([10, 20], [30, 40])!.Value.PValue, ChiSquareContingency.TwoProportions(10, 30, 30, 70));
        Assert.Equal(1, ChiSquareContingency.TwoProportions(0, 30, 0, 70));
        Assert.Equal(1, ChiSquareContingency.TwoProportions(30, 30, 70, 70));
        Assert.Null(ChiSquareContingency.TwoProportions(0, 0, 3, 70));
    }

    [Property]
    public void Test_AnyTable_IsSymmetricAndInRange((NonNegativeInt R, NonNegativeInt C)[] cells)
    {
        long[] r = [1, .. cells.Select(cell => (long)cell.R.Get)], c = [1, .. cells.Select(cell => (long)cell.C.Get)];
        ChiSquareResult test = ChiSquareContingency.Test(r, c)!.Value, swapped = ChiSquareContingency.Test(c, r)!.Value;
        Assert.Equal(test.Statistic, swapped.Statistic, 1e-9 * (1 + test.Statistic));
        Assert.InRange(test.PValue, 0, 1);
        Assert.True(test.Statistic >= 0 && double.IsFinite(test.Statistic));
        Assert.Equal(r.Zip(c).Count(pair => pair.First + pair.Second > 0) - 1, test.DegreesOfFreedom);
    }
}
