using FleetMonitor.Core.Windows;
using Xunit;

namespace FleetMonitor.Core.Tests.Windows;

public sealed class PaneStoreTests
{
    private const long Start = 1_800_000_000L * UnixTime.Second / UnixTime.Hour * UnixTime.Hour;
    private const int Counters = 1_000;

    [Fact]
    public void Advance_QuarterOfAMinuteAfterTheEnd_PacksTheMinute()
    {
        var store = new PaneStore([]);
        Count(store, Start);
        store.Advance(Start + UnixTime.Minute + (14 * UnixTime.Second));
        Assert.True(store.Bytes > Counters * sizeof(long), "Stragglers are counted into an open pane.");
        store.Advance(Start + UnixTime.Minute + (15 * UnixTime.Second));
        Assert.InRange(store.Bytes, 1, Counters);
    }

    [Fact]
    public void Find_StragglerOfAPackedMinute_IsCountedAndPackedAgain()
    {
        var store = new PaneStore([]);
        Count(store, Start);
        store.Advance(Start + (2 * UnixTime.Minute));
        Count(store, Start);
        store.Advance(Start + (2 * UnixTime.Minute) + (15 * UnixTime.Second));
        Assert.InRange(store.Bytes, 1, Counters);
        var totals = new long[Counters];
        foreach (var pane in store.All()) pane.Columns.AddTo(totals);
        Assert.Equal(2, totals[5]);
    }

    /// <summary>Sums of runs are kept between scores: whatever was counted, packed, closed, merged or forgotten since, they are what their panes add up to.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Totals_AfterAnything_AreTheSumOfThePanes(int seed)
    {
        var random = new Random(seed);
        var store = new PaneStore([]);
        var now = Start;
        for (var step = 0; step < 4_000; step++)
        {
            now += random.Next(3) * 20 * UnixTime.Second;
            store.Advance(now);
            var late = random.Next(10) switch { 0 => UnixTime.Minute * random.Next(60), 1 => UnixTime.Hour * random.Next(40), _ => 0 };
            if (store.Find(now - late, create: random.Next(4) > 0) is { } pane)
            {
                pane.Traffic.Open(Counters)[random.Next(Counters)]++;
                // A label opens no traffic.
                if (random.Next(3) == 0) store.Find(now - late, create: false)!.Labels.Open(Counters)[random.Next(Counters)]++;
            }
            if (random.Next(500) == 0) store.PackAll();
            if (random.Next(500) == 0) store.ClearPerformance();
            if (random.Next(3) > 0) continue;
            var from = now - (random.Next(2) == 0 ? UnixTime.Hour : random.Next(50) * UnixTime.Hour);
            var to = random.Next(2) == 0 ? long.MaxValue : from + (random.Next(60) * UnixTime.Minute);
            var (whole, panes) = (store.Totals(from, to, Bounds), new WindowTotals([.. store.Between(from, to)], Bounds));
            Assert.Equal(panes.Traffic, whole.Traffic);
            Assert.Equal(panes.Labels, whole.Labels);
        }
    }

    [Fact]
    public void Find_InARunThatWasSummed_IsCountedInTheNextTotals()
    {
        var store = new PaneStore([]);
        for (var minute = 0; minute < 40; minute++) Count(store, Start + (minute * UnixTime.Minute));
        var late = Start + (3 * UnixTime.Minute);
        store.Find(late, create: true)!.Columns.Open(Counters)[5]++;
        store.PackClosed();
        var panes = store.Bytes;
        Assert.Equal(41, Total(store));
        Assert.True(store.Bytes > panes, "A sum is kept.");
        store.Find(late, create: true)!.Columns.Open(Counters)[5]++;
        Assert.Equal(42, Total(store));
        store.ClearColumns();
        Assert.Equal(0, Total(store));
    }

    private static readonly PaneBounds Bounds = new(Counters, Counters, 0, Counters, 0, 0, 0);

    private static long Total(PaneStore store) => store.Totals(Start, long.MaxValue, Bounds).Columns[5];

    private static void Count(PaneStore store, long time)
    {
        store.Advance(time);
        store.Find(time, create: true)!.Columns.Open(Counters)[5]++;
    }
}
