using FleetMonitor.Api.Ingest;
using Xunit;

namespace FleetMonitor.Api.Tests.Ingest;

public sealed class ProducerLanesTests
{
    [Fact]
    public void Take_OneAfterTheOther_CountsUpInOneLane()
    {
        var lanes = new ProducerLanes();
        string? producer = null;
        for (ulong sequence = 1; sequence <= 1_000; sequence++)
        {
            using var ticket = lanes.Take();
            Assert.Equal(sequence, ticket.Identity.Sequence);
            Assert.Equal(producer ??= ticket.Identity.Producer, ticket.Identity.Producer);
        }
        Assert.Equal(1, lanes.Count);
        Assert.InRange(producer!.Length, 1, BatchIdentity.MaxProducerLength);
    }

    [Fact]
    public void Take_WhileOneIsSlow_NeverLeavesItSixtyFourBehind()
    {
        var lanes = new ProducerLanes();
        var slow = lanes.Take();
        for (var i = 0; i < 63; i++) lanes.Take().Dispose();
        using (var next = lanes.Take()) Assert.NotEqual(slow.Identity.Producer, next.Identity.Producer);
        slow.Dispose();
        using (var next = lanes.Take()) Assert.Equal((slow.Identity.Producer, 65UL), (next.Identity.Producer, next.Identity.Sequence));
    }

    /// <summary>The law that keeps a gateway's batches from being refused: whatever finishes when, none under way is 64 or more behind its lane's newest.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Take_AnyOrderOfEnds_KeepsEveryLaneWithinItsWindow(int seed)
    {
        var random = new Random(seed);
        var lanes = new ProducerLanes();
        var underWay = new List<ProducerLanes.Ticket>();
        var newest = new Dictionary<string, ulong>();
        var given = new HashSet<BatchIdentity>();
        for (var step = 0; step < 20_000; step++)
        {
            if (underWay.Count < 300 && random.NextDouble() < 0.52)
            {
                var ticket = lanes.Take();
                Assert.True(given.Add(ticket.Identity));
                newest[ticket.Identity.Producer] = ticket.Identity.Sequence;
                underWay.Add(ticket);
            }
            else if (underWay.Count > 0)
            {
                // The oldest ones are the slowest.
                var index = underWay.Count < 10 ? 0 : random.Next(underWay.Count / 2, underWay.Count);
                underWay[index].Dispose();
                underWay.RemoveAt(index);
            }
            Assert.All(underWay, ticket => Assert.InRange(newest[ticket.Identity.Producer] - ticket.Identity.Sequence, 0UL, 63UL));
        }
        Assert.InRange(lanes.Count, 2, 300);
    }

    [Fact]
    public void Lanes_OfTwoProcesses_HaveDifferentNames()
    {
        using var one = new ProducerLanes().Take();
        using var other = new ProducerLanes().Take();
        Assert.NotEqual(one.Identity.Producer, other.Identity.Producer);
    }
}
