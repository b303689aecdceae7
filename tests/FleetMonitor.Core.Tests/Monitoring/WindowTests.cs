using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class WindowTests
{
    private const long Start = 1_772_445_600_000_000; // 2026-03-02T10:00:00Z

    /// <summary>What was merged into a day under shorter windows stays there: a longer window must not find an hour of it beside its day.</summary>
    [Fact]
    public void Window_LongerThanWhatIsKeptSoFar_TakesCorrectionsBackWhereTheyWereCounted()
    {
        var scenario = new Scenario();
        var (day, hour) = (24 * UnixTime.Hour, UnixTime.Hour);
        scenario.Record(Enumerable.Range(0, 1_000).Select(i => new Row { Id = $"a{i}", Label = i % 2 == 0 ? "1" : "0" }));
        scenario.Label(Enumerable.Range(0, 500).Select(i => ($"a{i}", i % 2 == 0 ? "1" : "0")));
        scenario.Record([new Row()], Scenario.Start + day + (6 * hour));
        var spec = new ModelSpec { Windows = [TimeSpan.FromHours(1), TimeSpan.FromHours(48)] };
        scenario.Apply(new LogEntry(LogEntryKind.Spec, Scenario.Start + day + (6 * hour), null, 0, SpecJson.Write(spec)));
        scenario.Reload();
        // Corrections of some, and late labels of the others.
        scenario.Label(Enumerable.Range(0, 200).Select(i => ($"a{i}", i % 2 == 0 ? "0" : "1")), Scenario.Start + day + (6 * hour));
        scenario.Label(Enumerable.Range(500, 500).Select(i => ($"a{i}", "1")), Scenario.Start + day + (6 * hour));
        foreach (var window in (string[])["1h", "48h", "7d"])
        {
            var score = scenario.Score(window, Scenario.Start + day + (6 * hour));
            Assert.True(score.Performance.Labelled <= score.Predictions, $"{window}: {score.Performance.Labelled} labels of {score.Predictions} predictions");
        }
        Assert.Equal(1_000, scenario.Score("7d", Scenario.Start + day + (6 * hour)).Performance.Labelled);
        var saved = scenario.Monitor.Save();
        Assert.Equal(saved, ModelMonitor.Load(saved).Save());
    }

    [Fact]
    public void Windows_SlideOverMinutesHoursAndDays_AndCountEachEventOnce()
    {
        var scenario = new Scenario();
        // One event every ten minutes for six days.
        for (var minute = 0; minute < 6 * 1_440; minute += 10)
        {
            var time = Start + (minute * UnixTime.Minute);
            scenario.Record([new Row { Time = time }], time);
        }
        var now = Start + ((6 * 1_440) - 1) * UnixTime.Minute;
        Assert.Equal(6, scenario.Score("1h", now).Predictions);
        Assert.Equal(6 * 24, scenario.Score("24h", now).Predictions);
        Assert.Equal(6 * 24 * 6, scenario.Score("7d", now).Predictions);
        Assert.Equal(0, scenario.Score("5m", now).Predictions);
    }

    [Fact]
    public void Windows_WithoutTraffic_ExpireOnReading()
    {
        var scenario = new Scenario();
        scenario.Record(Enumerable.Repeat(new Row(), 150), Start);
        var saved = scenario.Monitor.Save();
        Assert.Equal(150, scenario.Score("5m", Start + (4 * UnixTime.Minute)).Predictions);
        Assert.Equal(0, scenario.Score("5m", Start + (5 * UnixTime.Minute)).Predictions);
        Assert.Equal(0, scenario.Score("7d", Start + (8 * UnixTime.Day)).Predictions);
        Assert.Equal(saved, scenario.Monitor.Save());
    }

    [Fact]
    public void Events_LateByHours_GoToTheirOwnPane()
    {
        var scenario = new Scenario();
        scenario.Record([new Row { Time = Start }, new Row { Time = Start - (3 * UnixTime.Hour) }, new Row { Time = Start - (2 * UnixTime.Day) }], Start);
        Assert.Equal(1, scenario.Score("1h", Start).Predictions);
        Assert.Equal(2, scenario.Score("24h", Start).Predictions);
        Assert.Equal(3, scenario.Score("7d", Start).Predictions);
    }

    [Fact]
    public void Events_OlderThanEveryPane_AreCountedTooLate_AndThoseOfTheFutureRejected()
    {
        var scenario = new Scenario();
        var result = scenario.Record([new Row { Time = Start - (9 * UnixTime.Day) }, new Row { Time = Start + (6 * UnixTime.Minute) }, new Row { Time = Start + (4 * UnixTime.Minute) }], Start);
        Assert.Equal((1, 1, 1), (result.Accepted, result.TooLate, result.Rejected));
        Assert.Equal("time", Assert.Single(result.Errors).Field);
        Assert.Equal(1, result.Errors[0].Row);
    }

    [Fact]
    public void Order_OfEvents_ChangesNoCount()
    {
        Row[] rows = [.. Scenario.Normal(3_000, 1).Select((x, i) => Scenario.Numeric(x) with { Time = Start - (i * 40 * UnixTime.Second) })];
        var shuffled = rows.ToArray();
        new Random(3).Shuffle(shuffled);
        Scenario ordered = new(), mixed = new();
        foreach (var scenario in (Scenario[])[ordered, mixed]) scenario.Reference(Scenario.Normal(2_000, 2).Select(x => Scenario.Numeric(x)));
        ordered.Record(rows, Start);
        mixed.Record(shuffled, Start);
        foreach (var window in (string[])["5m", "1h", "24h", "7d"])
        {
            var (one, other) = (ordered.Score(window, Start), mixed.Score(window, Start));
            Assert.Equal(one.Predictions, other.Predictions);
            foreach (var (a, b) in one.Columns.Zip(other.Columns))
            {
                Assert.Equal((a.Ks, a.Psi, a.Count), (b.Ks, b.Psi, b.Count));
                Assert.True(a.Mean is null == b.Mean is null && Math.Abs((a.Mean ?? 0) - (b.Mean ?? 0)) < 1e-9);
            }
        }
    }

    [Fact]
    public void Batches_SplitOtherwise_LeaveTheSameState()
    {
        Row[] rows = [.. Scenario.Normal(2_000, 1).Select((x, i) => Scenario.Numeric(x) with { Id = $"p{i}", Time = Start - (i % 100 * UnixTime.Second) })];
        Scenario whole = new(new ModelSpec { Reference = new ReferenceSpec { Capture = 500 } }), parts = new(new ModelSpec { Reference = new ReferenceSpec { Capture = 500 } });
        whole.Record(rows, Start);
        foreach (var part in rows.Chunk(37)) parts.Record(part, Start);
        Assert.Equal(whole.Score("1h", Start).Columns.Select(c => (c.Name, c.Count, c.Ks, c.Psi)), parts.Score("1h", Start).Columns.Select(c => (c.Name, c.Count, c.Ks, c.Psi)));
        Assert.Equal(whole.Score("1h", Start).Predictions, parts.Score("1h", Start).Predictions);
    }

    [Fact]
    public void History_ShowsEachStepByItself()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(2_000, 2).Select(x => Scenario.Numeric(x)));
        for (var minute = 0; minute < 5; minute++)
        {
            var time = Start + (minute * UnixTime.Minute);
            scenario.Record(Scenario.Normal(200 + minute, minute, mean: minute >= 3 ? 2 : 0).Select(x => Scenario.Numeric(x)), time);
        }
        var steps = scenario.Monitor.History(TimeSpan.FromMinutes(1), 60, Start + (4 * UnixTime.Minute));
        Assert.Equal([200, 201, 202, 203, 204], steps.Select(s => s.Predictions));
        Assert.Equal([0, 0, 0, 1, 1], steps.Select(s => s.FeaturesDrifted));
    }

    [Fact]
    public void Latency_QuantilesAreWithinTwoPercent()
    {
        var scenario = new Scenario();
        scenario.Record(Enumerable.Range(1, 1_000).Select(i => new Row { Latency = i / 1_000.0 }), Start);
        var latency = scenario.Score("5m", Start).Latency!;
        Assert.InRange(latency.P50, 0.49, 0.51);
        Assert.InRange(latency.P95, 0.931, 0.969);
        Assert.InRange(latency.P99, 0.970, 1.010);
        Assert.Equal(0.5005, latency.Mean, 9);
    }

    [Theory]
    [InlineData("5m", true)]
    [InlineData("60m", true)]
    [InlineData("90m", false)]
    [InlineData("48h", true)]
    [InlineData("49h", false)]
    [InlineData("31d", true)]
    [InlineData("32d", false)]
    [InlineData("0m", false)]
    public void Window_MustFillWholePanes(string text, bool allowed)
    {
        Assert.True(Duration.TryParse(text, out var window));
        Assert.Equal(allowed, SpecValidation.IsWindow(window));
    }
}
