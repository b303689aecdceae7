using FleetMonitor.Core.Statistics;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 300)]
public sealed class RegressionMetricsTests
{
    [Fact]
    public void Compute_HandCase_IsScikitLearns()
    {
        var actual = RegressionMetrics.Compute([3, -0.5, 2, 7], [2.5, 0, 2, 8]);
        Assert.Equal(4, actual.Count);
        Assert.Equal(0.5, actual.Mae);
        Assert.Equal(Math.Sqrt(0.375), actual.Rmse!.Value, 15);
        Assert.Equal(0.9486081370449679, actual.R2!.Value, 15);
        Assert.Equal(0.3273809523809524, actual.Mape!.Value, 15);
    }

    [Fact]
    public void Compute_ConstantTruth_IsOneWhenPerfectElseZero()
    {
        Assert.Equal(1, RegressionMetrics.Compute([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]).R2);
        Assert.Equal(0, RegressionMetrics.Compute([0.1, 0.1, 0.1], [0.1, 0.1, 0.2]).R2);
    }

    [Fact]
    public void Compute_OneRow_HasNoR2() => Assert.Equal(new RegressionPerformance(1, 2, 2, null, 0.5), RegressionMetrics.Compute([4], [6]));

    [Fact]
    public void Compute_NoRows_IsAllNull() => Assert.Equal(new RegressionPerformance(0, null, null, null, null), RegressionMetrics.Compute([], []));

    [Fact]
    public void Compute_LabelOfZero_CountsAsEpsilon()
    {
        Assert.Equal(1 / Math.Pow(2, -52), RegressionMetrics.Compute([0], [1]).Mape);
        Assert.Equal(0, RegressionMetrics.Compute([0], [0]).Mape);
    }

    [Fact]
    public void Compute_Overflow_IsNullAndNotInfinite()
    {
        Assert.Equal(new RegressionPerformance(2, null, null, null, null), RegressionMetrics.Compute([0, 0], [1.7e308, -1.7e308]));
        Assert.Equal(new RegressionPerformance(2, 1e200, null, null, 1), RegressionMetrics.Compute([1e200, -1e200], [0, 0]));
        Assert.Equal(new RegressionPerformance(2, null, null, null, null), RegressionMetrics.Compute([0, 0], [double.PositiveInfinity, double.NaN]));
    }

    [Fact]
    public void Compute_ColumnsOfDifferentLengths_Throws() => Assert.Throws<ArgumentException>(() => RegressionMetrics.Compute([1], []));

    [Property]
    public void Compute_AnyRows_KeepsTheOrderOfErrors((int Truth, int Predicted)[] rows)
    {
        var actual = RegressionMetrics.Compute([.. rows.Select(row => (double)row.Truth)], [.. rows.Select(row => (double)row.Predicted)]);
        Assert.Equal(rows.Length == 0, actual.Mae is null);
        Assert.True(actual.Mae is null || actual.Mae <= actual.Rmse * (1 + 1e-12));
        Assert.True(actual.R2 is null or <= 1);
        Assert.Equal(rows.Length < 2, actual.R2 is null);
    }
}
