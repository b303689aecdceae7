using System.Globalization;
using System.Net;
using FleetMonitor.Grains.Placement;
using Xunit;

namespace FleetMonitor.Grains.Tests.Placement;

public sealed class RendezvousHashTests
{
    private const int Models = 10_000;
    private static readonly string[] Names = [.. Enumerable.Range(0, Models).Select(i => string.Create(CultureInfo.InvariantCulture, $"model-{i}"))];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public void Owner_OfManyModels_IsSpreadEvenly(int count)
    {
        var silos = Silos(count);
        var owned = Names.CountBy(name => RendezvousHash.Owner(name, silos)!).ToDictionary();
        var (mean, deviation) = ((double)Models / count, Math.Sqrt((double)Models / count * (1 - (1.0 / count))));
        Assert.Equal(count, owned.Count);
        Assert.All(owned.Values, n => Assert.InRange(n, mean - (4.5 * deviation), mean + (4.5 * deviation)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public void Owner_WhenASiloJoins_MovesOnlyWhatGoesToIt(int count)
    {
        var silos = Silos(count + 1);
        var moved = 0;
        foreach (var name in Names)
        {
            var (before, after) = (RendezvousHash.Owner(name, silos.AsSpan(0, count)), RendezvousHash.Owner(name, silos));
            if (before!.Equals(after)) continue;
            Assert.Equal(silos[count], after);
            moved++;
        }
        var share = 1.0 / (count + 1);
        Assert.InRange(moved, Models * share * 0.85, Models * share * 1.15);
    }

    [Fact]
    public void Owner_WhenASiloLeaves_MovesItsModelsAlone()
    {
        var silos = Silos(5);
        foreach (var name in Names)
        {
            var before = RendezvousHash.Owner(name, silos);
            if (before!.Equals(silos[2])) continue;
            Assert.Equal(before, RendezvousHash.Owner(name, [silos[0], silos[1], silos[3], silos[4]]));
        }
    }

    [Fact]
    public void Owner_DependsNeitherOnTheOrderNorOnWhenASiloStarted()
    {
        var silos = Silos(7);
        SiloAddress[] others = [.. silos.Select(silo => SiloAddress.New(silo.Endpoint, silo.Generation + 99)).Reverse()];
        foreach (var name in Names.Take(500)) Assert.Equal(RendezvousHash.Owner(name, silos)!.Endpoint, RendezvousHash.Owner(name, others)!.Endpoint);
    }

    [Fact]
    public void Owner_OfNoSilo_IsNobody() => Assert.Null(RendezvousHash.Owner("m", []));

    private static SiloAddress[] Silos(int count) => [.. Enumerable.Range(0, count).Select(i => SiloAddress.New(new IPEndPoint(new IPAddress([10, 0, (byte)(i / 8), (byte)i]), 11_111), 1))];
}
