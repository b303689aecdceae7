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

    private static void Count(PaneStore store, long time)
    {
        store.Advance(time);
        store.Find(time, create: true)!.Columns.Open(Counters)[5]++;
    }
}
