using FleetMonitor.Inference.Batching;
using FleetMonitor.Inference.Models;

namespace FleetMonitor.Inference.Tests.Batching;

public sealed class GatheringTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(5);

    [Fact]
    public void Wait_WithoutDelay_LooksAgainOnlyWhileRequestsCome()
    {
        var gathering = new Gathering(new BatchingSettings(), maxRows: 8);
        gathering.Begin();
        Assert.Null(gathering.Wait(1, 1, TimeSpan.Zero));
        gathering.Begin();
        Assert.Equal(TimeSpan.Zero, gathering.Wait(3, 3, TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, gathering.Wait(5, 5, TimeSpan.Zero));
        Assert.Null(gathering.Wait(5, 5, TimeSpan.Zero));
        Assert.Null(gathering.Wait(6, 6, TimeSpan.FromMilliseconds(1)));
        Assert.Null(gathering.Wait(7, 8, TimeSpan.Zero));
    }

    [Fact]
    public void Wait_WithDelay_LastsUntilItIsOverOrTheRunIsFull()
    {
        var gathering = new Gathering(new BatchingSettings { MaxDelay = Delay, PreferredRows = [4] }, maxRows: 8);
        Assert.Equal(Delay, gathering.Wait(1, 1, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromMilliseconds(2), gathering.Wait(2, 2, TimeSpan.FromMilliseconds(3)));
        Assert.Null(gathering.Wait(2, 2, Delay));
        Assert.Null(gathering.Wait(3, 4, TimeSpan.Zero));
    }

    [Fact]
    public void Wait_InVain_IsTriedAgainMoreAndMoreSeldom()
    {
        var gathering = new Gathering(new BatchingSettings { MaxDelay = Delay }, maxRows: 8);
        List<int> waits = [];
        for (var run = 0; run < 400; run++)
        {
            if (gathering.Wait(1, 1, TimeSpan.Zero) is not null) waits.Add(run);
            gathering.Ran(1);
        }
        Assert.Equal([0, 2, 5, 10, 19, 36, 69, 134, 199, 264, 329, 394], waits);
        gathering.Ran(2);
        Assert.NotNull(gathering.Wait(1, 1, TimeSpan.Zero));
    }
}
