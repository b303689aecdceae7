using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class EvidenceTests
{
    private const int Minutes = 40;

    [Fact]
    public void Evidence_OfOneFeatureThatMoves_GrowsForItAlone()
    {
        var scenario = Referenced();
        Minute(scenario, 0, Minutes, x: 0, y: 0);
        Assert.All(scenario.Monitor.Evidence(), e => Assert.True(e.Log10E < 1.3, $"{e.Feature}: {e.Log10E}"));
        Minute(scenario, Minutes, Minutes, x: 0, y: 0.8);
        var evidence = scenario.Monitor.Evidence();
        Assert.Equal(["x", "y"], evidence.Select(e => e.Feature));
        Assert.True(evidence[0].Log10E < 1.3);
        Assert.True(evidence[1].Log10E > 6);
        // The newest two minutes are still open.
        Assert.Equal((2 * Minutes) - 2, evidence[1].Looks);
    }

    [Fact]
    public void Evidence_OfAMinuteSplitIntoManyBatches_IsTheSame()
    {
        Scenario whole = Referenced(), split = Referenced();
        for (var minute = 0; minute < 20; minute++)
        {
            var time = Scenario.Start + (minute * UnixTime.Minute);
            var rows = Rows(minute, 60, time, 0, 0.5).ToArray();
            whole.Record(rows, time + UnixTime.Second);
            foreach (var part in rows.Chunk(7)) split.Record(part, time + UnixTime.Second);
        }
        // Of the state, sums of floats alone know how they were cut.
        Assert.Equal(whole.Monitor.Evidence(), split.Monitor.Evidence());
        Assert.True(whole.Monitor.Evidence()[1].Log10E > 1);
    }

    [Fact]
    public void Evidence_AfterAReload_GoesOn()
    {
        Scenario straight = Referenced(), reloaded = Referenced();
        for (var minute = 0; minute < 90; minute++)
        {
            Minute(straight, minute, 1, 0, 0.4);
            Minute(reloaded, minute, 1, 0, 0.4);
            if (minute % 10 == 3) reloaded.Reload();
        }
        Assert.Equal(straight.Monitor.Save(), reloaded.Monitor.Save());
        Assert.Equal(straight.Monitor.Evidence(), reloaded.Monitor.Evidence());
    }

    [Fact]
    public void Evidence_OfAnIdleModelsLastMinutes_IsTakenBeforeTheyBecomeAnHour()
    {
        var scenario = Referenced();
        Minute(scenario, 0, 10, 0, 0);
        scenario.Record(Rows(1, 1, Scenario.Start + (5 * UnixTime.Hour), 0, 0), Scenario.Start + (5 * UnixTime.Hour));
        Assert.Equal(10, scenario.Monitor.Evidence()[0].Looks);
    }

    [Fact]
    public void Evidence_UnderANewReference_StartsAgain()
    {
        var scenario = Referenced();
        Minute(scenario, 0, Minutes, 0, 1);
        Assert.True(scenario.Monitor.Evidence()[1].Log10E > 3);
        scenario.Reference(Rows(77, 5_000, Scenario.Start, 0, 1));
        Assert.Equal((1.0, 0L), (scenario.Monitor.Evidence()[1].E, scenario.Monitor.Evidence()[1].Looks));
    }

    [Fact]
    public void Evidence_WithinTheSpecsTolerance_IsNone()
    {
        var scenario = Referenced(new ModelSpec { Thresholds = new Thresholds { Drift = new DriftThresholds { Tolerance = 0.5 } } });
        Minute(scenario, 0, 2 * Minutes, 0, 0.8);
        Assert.All(scenario.Monitor.Evidence(), e => Assert.Equal(0, e.Log10E, 9));
    }

    [Fact]
    public void Attribution_NamesWhatMovedHowFarWhichWayAndSinceWhen()
    {
        var scenario = Referenced();
        Minute(scenario, 0, Minutes, 0, 0);
        Minute(scenario, Minutes, 20, 0.6, 2);
        var now = Scenario.Start + ((Minutes + 19) * UnixTime.Minute);
        var score = scenario.Score("1h", now);
        Assert.Equal(Verdict.Drifted, score.Verdict);
        Assert.Equal(["y", "x"], score.Attribution.Select(a => a.Feature));
        Assert.Equal(1, score.Attribution.Sum(a => a.Share), 6);
        Assert.True(score.Attribution[0].Share > 0.7);
        Assert.Equal("up", score.Attribution[0].Shift!.Direction);
        Assert.True(score.Attribution[0].Shift!.MeanTo > 0.4);
        var since = UnixTime.ToDateTime(Scenario.Start + (Minutes * UnixTime.Minute));
        Assert.InRange(score.Attribution[0].Since, since.AddMinutes(-2), since.AddMinutes(2));
        Assert.Empty(scenario.Score("5m", Scenario.Start + (10 * UnixTime.Hour)).Attribution);
    }

    [Fact]
    public void Attribution_OfCategoriesAndConstants_NamesTheOnesThatMoved()
    {
        var scenario = new Scenario();
        var random = new Random(3);
        Row Next(string[] categories, double constant) => new() { Features = [("c", categories[random.Next(categories.Length)]), ("k", constant)] };
        scenario.Reference(Enumerable.Range(0, 3_000).Select(_ => Next(["a", "b", "c"], 4)));
        scenario.Record(Enumerable.Range(0, 600).Select(_ => Next(["a", "a", "b", "new"], 4)));
        var moved = Assert.Single(scenario.Score().Attribution);
        Assert.Null(moved.Shift);
        Assert.Equal(["c", "new", "a"], moved.Categories.OrderBy(c => c.To - c.From).Select(c => c.Category).Where(c => c != "b").OrderBy(c => c == "c" ? 0 : c == "new" ? 1 : 2));
        Assert.Equal(0, moved.Categories.Single(c => c.Category == "c").To);
        Assert.Equal(0.25, moved.Categories.Single(c => c.Category == "new").To, 1);

        // A constant column that moves, either way, is drift as well.
        scenario.Record(Enumerable.Range(0, 900).Select(_ => Next(["a", "b", "c"], 3)));
        var constant = scenario.Score().Attribution.Single(a => a.Feature == "k");
        Assert.Equal("down", constant.Shift!.Direction);
        Assert.True(constant.Share > 0.5);
    }

    private static Scenario Referenced(ModelSpec? spec = null)
    {
        var scenario = new Scenario(spec);
        scenario.Reference(Rows(1_000_000, 5_000, Scenario.Start, 0, 0));
        return scenario;
    }

    private static void Minute(Scenario scenario, int from, int count, double x, double y)
    {
        for (var minute = from; minute < from + count; minute++)
        {
            var time = Scenario.Start + (minute * UnixTime.Minute);
            scenario.Record(Rows(minute, 60, time, x, y), time + UnixTime.Second);
        }
    }

    private static IEnumerable<Row> Rows(int seed, int count, long time, double x, double y) =>
        Scenario.Normal(count, seed, x).Zip(Scenario.Normal(count, seed + 500_000, y), (a, b) => new Row { Time = time, Features = [("x", a), ("y", b)] });
}
