using FleetMonitor.Core.Windows;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Windows;

public sealed class PackedCountersTests
{
    [Property(MaxTest = 300, Replay = "11,13")]
    public void AddTo_PackedOfEveryWidth_AddsWhatWasPacked(int seed)
    {
        var counters = Stretches(seed);
        var packed = PackedCounters.Of(counters);
        long[] totals = [.. Enumerable.Range(0, counters.Length + 5).Select(i => (long)i)];
        PackedCounters.AddTo(packed, totals);
        Assert.Equal(counters.Concat(new long[5]).Select((counter, i) => counter + i), totals);
        Assert.Equal(counters.AsSpan().TrimEnd(0L).Length, PackedCounters.Length(packed));
        Assert.Equal(counters.FirstOrDefault(), PackedCounters.First(packed));
    }

    [Fact]
    public void Of_ZerosBeyondOneRun_AreKeptInAFewBytes()
    {
        long[] counters = [.. new long[32 * 500], 7];
        var packed = PackedCounters.Of(counters);
        Assert.InRange(packed.Length, 1, 12);
        var totals = new long[counters.Length];
        PackedCounters.AddTo(packed, totals);
        Assert.Equal(counters, totals);
    }

    [Theory]
    [InlineData(1, 0.2)]
    [InlineData(15, 0.55)]
    [InlineData(200, 1.05)]
    public void Of_CountersOfOneSize_TakesAsManyBitsAsTheyNeed(int largest, double mostBytes)
    {
        var random = new Random(largest);
        var counters = Enumerable.Range(0, 3_200).Select(_ => random.NextInt64(largest + 1)).ToArray();
        Assert.InRange(PackedCounters.Of(counters).Length / 3_200.0, 0, mostBytes);
    }

    [Fact]
    public void SmallCounters_MoreBlocksThanSixteenBitsHold_AddUpAll()
    {
        long[] counters = [.. Enumerable.Repeat(255L, 40), 70_000];
        var block = new CounterBlock();
        counters.CopyTo(block.Open(counters.Length));
        block.Pack();
        var totals = new long[counters.Length];
        using var small = new SmallCounters(totals.Length);
        for (var i = 0; i < 1_000; i++) small.Add(block, totals);
        small.MoveTo(totals);
        Assert.Equal(counters.Select(counter => counter * 1_000), totals);
    }

    /// <summary>Counters in stretches that are mostly of one size, with some far larger, as panes have them.</summary>
    private static long[] Stretches(int seed)
    {
        var random = new Random(seed);
        var counters = new List<long>();
        for (var stretches = random.Next(12); stretches > 0; stretches--)
        {
            var most = 1L << random.GetItems([0, 1, 2, 4, 8, 16, 32, 62], 1)[0];
            var length = random.Next(1, 70);
            for (var i = 0; i < length; i++) counters.Add(random.Next(20) == 0 ? random.NextInt64(long.MaxValue / 4) : random.NextInt64(most));
        }
        return [.. counters];
    }
}
