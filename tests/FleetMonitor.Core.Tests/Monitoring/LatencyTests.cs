using System.Text;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class LatencyTests
{
    /// <summary>A sum that overflows would end the model's panes, and with them its process.</summary>
    [Theory]
    [InlineData("8.4e307")]
    [InlineData("1e20")]
    [InlineData("86400001")]
    public void Apply_LatenciesBeyondAllSense_CountAsADay(string milliseconds)
    {
        var monitor = new ModelMonitor("m");
        var start = UnixTime.From(new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));
        for (var minute = 0; minute < 5; minute++)
        {
            var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($$"""{"prediction":"1","latency_ms":{{milliseconds}}}""" + "\n", 1_000)));
            var batch = PredictionJson.DecodeLines(lines, DecodeLimits.Default).Batch;
            Assert.Equal(1_000, monitor.Apply(new LogEntry(LogEntryKind.Predictions, start + (minute * UnixTime.Minute), null, 0, batch.Buffer)).Accepted);
        }
        var latency = monitor.Score(TimeSpan.FromHours(1), start + (5 * UnixTime.Minute)).Latency;
        Assert.Equal(5_000, latency!.Count);
        Assert.Equal(86_400, latency.Mean);
        Assert.Equal(monitor.Save(), ModelMonitor.Load(monitor.Save()).Save());
    }

    [Fact]
    public void Apply_LatenciesBeyondAllSenseOfASliceAndAVersion_CountAsADay()
    {
        var scenario = new Scenario(new ModelSpec { Segments = ["plan"], MinSamples = 1 });
        var tags = new (string, string?)[] { ("plan", "free") };
        scenario.Record(Enumerable.Range(0, 300).Select(i => new Row { Version = i % 2 == 0 ? "1" : "2", Tags = tags, Latency = 1e300 }));
        scenario.Record(Enumerable.Range(0, 300).Select(i => new Row { Version = i % 2 == 0 ? "1" : "2", Tags = tags, Latency = 1e300 }), Scenario.Start + (2 * UnixTime.Minute));
        var now = Scenario.Start + (2 * UnixTime.Minute);
        var slice = Assert.Single(scenario.Monitor.Segments(TimeSpan.FromHours(1), now).Slices);
        Assert.Equal(86_400, slice.Latency);
        Assert.All(scenario.Monitor.Versions(TimeSpan.FromHours(1), now).Versions, version => Assert.Equal(86_400, version.Latency!.Value.Value));
        Assert.Equal(scenario.Monitor.Save(), ModelMonitor.Load(scenario.Monitor.Save()).Save());
    }
}
