using FleetMonitor.Core.Statistics;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 500)]
public sealed class CompensatedSumTests
{
    [Fact]
    public void Add_SmallAfterLarge_IsKept()
    {
        var sum = default(CompensatedSum);
        foreach (var value in new[] { 1e16, 1, 1, 1, -1e16 })
            sum.Add(value);
        Assert.Equal(3, sum.Value);
    }

    [Fact]
    public void Subtract_RowsOfAWindow_RestoreTheSumToTheBit()
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, 20_000).Select(_ => (random.NextDouble() - 0.3) * Math.Pow(10, random.Next(-3, 7))).ToArray();
        var sum = default(CompensatedSum);
        sum.Add(0.1);
        foreach (var value in values)
            sum.Add(value);
        random.Shuffle(values);
        foreach (var value in values)
            sum.Subtract(value);
        Assert.Equal(new CompensatedSum(0.1, 0), sum);
    }

    [Fact]
    public void DividedBy_EqualValues_IsTheValue()
    {
        var sum = default(CompensatedSum);
        for (var count = 1; count <= 1_000; count++)
        {
            sum.Add(0.1);
            Assert.Equal(0.1, sum.DividedBy(count));
        }
    }

    [Fact]
    public void Add_Overflow_StaysInfiniteAndNotNaN()
    {
        var sum = default(CompensatedSum);
        sum.Add(double.MaxValue);
        sum.Add(double.MaxValue);
        sum.Add(1);
        Assert.Equal(new CompensatedSum(double.PositiveInfinity, 0), sum);
    }

    [Property]
    public void Merge_EitherOrder_IsTheSameToTheBit(NormalFloat[] a, NormalFloat[] b)
    {
        CompensatedSum left = SumOf(a), right = SumOf(b);
        var leftFirst = left;
        leftFirst.Merge(right);
        right.Merge(left);
        // Sums beyond the largest double are out of the domain.
        Assert.True(leftFirst.Equals(right) || !double.IsFinite(right.Hi));
    }

    [Property]
    public void Merge_Parts_IsTheSumOfAll(int[] a, int[] b, int[] c)
    {
        CompensatedSum first = SumOf(a), second = SumOf(b), third = SumOf(c);
        var left = first;
        left.Merge(second);
        left.Merge(third);
        second.Merge(third);
        first.Merge(second);
        Assert.Equal(left, first);
        Assert.Equal(SumOf([.. a, .. b, .. c]), left);
    }

    private static CompensatedSum SumOf(NormalFloat[] values)
    {
        var sum = default(CompensatedSum);
        foreach (var value in values)
            sum.Add(value.Get);
        return sum;
    }

    // Divided by 1024, so that the sums have fractions and stay exact.
    private static CompensatedSum SumOf(int[] values)
    {
        var sum = default(CompensatedSum);
        foreach (var value in values)
            sum.Add(value / 1024.0);
        return sum;
    }
}
