using Xunit;

namespace FleetMonitor.Grains.Tests;

public sealed class DeparturesTests
{
    [Fact]
    public void TryBegin_ManyAtATime_LetsSomePassAndOneMoreForEachThatEnds()
    {
        var departures = new Departures();
        Assert.Equal(32, Enumerable.Range(0, 1_000).Count(_ => departures.TryBegin()));
        departures.End();
        Assert.True(departures.TryBegin());
        Assert.False(departures.TryBegin());
    }
}
