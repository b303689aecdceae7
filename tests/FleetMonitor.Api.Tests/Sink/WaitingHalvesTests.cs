using System.Diagnostics.Metrics;
using FleetMonitor.Api.Sink;
using FleetMonitor.Api.Sink.Payloads;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Joined = FleetMonitor.Api.Sink.Inference;

namespace FleetMonitor.Api.Tests.Sink;

public sealed class WaitingHalvesTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counted = [];
    private readonly SinkMetrics _metrics;

    public WaitingHalvesTests()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "fleetmonitor.sink.events" && instrument.Meter.Scope == meters) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => _counted[(string)tags[0].Value!] = _counted.GetValueOrDefault((string)tags[0].Value!) + value);
        _listener.Start();
        _metrics = new SinkMetrics(meters);
    }

    [Fact]
    public void Add_SecondHalf_GivesBothInTheirPlaces()
    {
        var halves = new WaitingHalves(10, 1 << 20, Minute, _metrics);
        Assert.Null(halves.Add(Half("a", InferencePart.Response), 0));
        Assert.Null(halves.Add(Half("b", InferencePart.Request), 0));
        var both = halves.Add(Half("a", InferencePart.Request), 0);
        Assert.Equal((InferencePart.Request, InferencePart.Response), (both!.Request.Event.Part, both.Response.Event.Part));
        Assert.Equal(1, halves.Count);
    }

    [Fact]
    public void Add_TheSameHalfTwice_CountsADuplicate()
    {
        var halves = new WaitingHalves(10, 1 << 20, Minute, _metrics);
        halves.Add(Half("a", InferencePart.Request), 0);
        Assert.Null(halves.Add(Half("a", InferencePart.Request), 0));
        Assert.Equal((1, 1), (halves.Count, _counted["duplicate"]));
    }

    [Fact]
    public void Add_WithoutRoom_ShedsTheOldest()
    {
        var halves = new WaitingHalves(3, 1 << 20, Minute, _metrics);
        for (var i = 0; i < 100; i++) halves.Add(Half($"a-{i}", InferencePart.Request), 0);
        Assert.Equal((3, 97), (halves.Count, _counted["shed"]));
        Assert.NotNull(halves.Add(Half("a-99", InferencePart.Response), 0));
    }

    [Fact]
    public void Add_BeyondTheBytes_Sheds()
    {
        var one = Half("a-00", InferencePart.Request).Bytes;
        var halves = new WaitingHalves(1_000, one * 5, Minute, _metrics);
        for (var i = 0; i < 20; i++) halves.Add(Half($"a-{i}", InferencePart.Request), 0);
        Assert.Equal((5, 15), (halves.Count, _counted["shed"]));
        halves.Add(Half("large", InferencePart.Request, cells: 10_000), 0);
        Assert.Equal((5, 16), (halves.Count, _counted["shed"]));
    }

    /// <summary>All that a client chooses the length of counts.</summary>
    [Fact]
    public void Bytes_OfIdsTagsAndNames_AreCounted()
    {
        var text = new string('x', 1_000);
        var small = Half("a", InferencePart.Request);
        LoggedHalf[] larger =
        [
            small with { Event = new InferenceEvent(InferencePart.Request, "m", text, []) },
            small with { Event = new InferenceEvent(InferencePart.Request, "m", "a", [("namespace", text)]) },
            small with { Payload = new Payload(1, [new Tensor(text, null, 1, new Cell[1])], null) },
            small with { Payload = new Payload(1, [new Tensor("", [text], 1, new Cell[1])], null) },
            small with { Payload = new Payload(1, [new Tensor("", null, 1, new Cell[1])], text) },
        ];
        Assert.All(larger, half => Assert.InRange(half.Bytes - small.Bytes, 1_900, 2_200));
        Assert.Equal(small.Bytes * 2, new Delivery("m", new Joined(small, small), null).Bytes);
    }

    [Fact]
    public void Expire_AfterTheWait_CountsOrphansOnly()
    {
        var halves = new WaitingHalves(10, 1 << 20, Minute, _metrics);
        halves.Add(Half("a", InferencePart.Request), 0);
        halves.Add(Half("b", InferencePart.Request), Minute.Ticks / 2);
        halves.Expire(Minute.Ticks - 1);
        Assert.Equal(2, halves.Count);
        halves.Expire(Minute.Ticks);
        Assert.Equal((1, 1), (halves.Count, _counted["expired"]));
        halves.Expire(Minute.Ticks * 2);
        Assert.Equal((0, 2), (halves.Count, _counted["expired"]));
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    private static LoggedHalf Half(string id, InferencePart part, int cells = 1) =>
        new(new InferenceEvent(part, "m", id, []), new Payload(1, [new Tensor("", null, cells, new Cell[cells])], null), DateTimeOffset.UnixEpoch);
}
