using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class LifecycleTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public void Rebaseline_OnAWindow_MakesItTheReference_AndItsOwnTrafficIsQuiet()
    {
        var scenario = Moved(shift: 0.6);
        Assert.Equal(2, scenario.Score().FeaturesDrifted);
        var result = scenario.Apply(new LogEntry(LogEntryKind.Rebaseline, Scenario.Start + UnixTime.Second, null, 0, new RebaselineOrder(UnixTime.Hour, 0).Encode()));
        Assert.Equal(0, result.Rejected);
        var reference = scenario.Monitor.Reference!;
        Assert.Equal((2, ReferenceSource.Window, 3_000L), (reference.Version, reference.Source, reference.Rows));
        var numeric = (NumericReference)reference.Columns.Single(c => c.Name == "x");
        Assert.Equal(0.6, numeric.Mean, 0.05);
        Assert.Equal(1, numeric.Std, 0.05);
        Assert.Equal(100, numeric.Missing);
        var categorical = (CategoricalReference)reference.Columns.Single(c => c.Name == "c");
        Assert.Equal(["b", "new"], categorical.Categories.Order(StringComparer.Ordinal));

        scenario.Reload();
        scenario.Record(Rows(3_000, seed: 3, shift: 0.6, "b", "new"), Scenario.Start + (2 * UnixTime.Second));
        var score = scenario.Score();
        Assert.Equal((Verdict.Quiet, 0), (score.Verdict, score.FeaturesDrifted));
        Assert.InRange(score.Columns.Single(c => c.Name == "x").Ks!.Value, 0, 0.05);
        scenario.Record(Rows(6_000, seed: 4, shift: 0, "a", "b"), Scenario.Start + (3 * UnixTime.Second));
        Assert.Equal(Verdict.Drifted, scenario.Score().Verdict);

        var described = scenario.Monitor.Describe(Scenario.Start);
        Assert.Equal([(1, ReferenceSource.Uploaded), (2, ReferenceSource.Window)], described.References.Select(r => (r.Version, r.Source)));
        Assert.Equal(described.References[^1], described.Reference);
        Assert.Equal(UnixTime.ToDateTime(Scenario.Start + UnixTime.Second), described.Reference!.To);
        Assert.NotNull(described.Reference.From);
    }

    [Fact]
    public void Rebaseline_OnAWindowBeyondTheOldRange_IsRefusedAndChangesNothing()
    {
        var scenario = Moved(shift: 9);
        var obstacle = scenario.Monitor.WindowObstacle(Hour, Scenario.Start);
        Assert.Contains("\"x\" lie beyond the range", obstacle, StringComparison.Ordinal);
        var saved = scenario.Monitor.Save();
        var result = scenario.Apply(new LogEntry(LogEntryKind.Rebaseline, Scenario.Start, null, 0, new RebaselineOrder(UnixTime.Hour, 0).Encode()));
        Assert.Equal(new RowError(0, "window", obstacle!), Assert.Single(result.Errors));
        Assert.Equal(saved, scenario.Monitor.Save());
    }

    [Fact]
    public void Rebaseline_OnAWindowWithoutReferenceOrTraffic_SaysWhy()
    {
        Assert.StartsWith("there is no reference yet", new Scenario().Monitor.WindowObstacle(Hour, Scenario.Start), StringComparison.Ordinal);
        var scenario = new Scenario();
        scenario.Reference(Rows(1_000, 1, 0, "a"));
        Assert.Equal("the window has 0 predictions that were counted over the reference's bins, at least 100 are needed", scenario.Monitor.WindowObstacle(Hour, Scenario.Start));
    }

    [Fact]
    public void Rebaseline_OnTheNextPredictions_TakesAsManyAsAsked_WhateverTheSpecSays()
    {
        var scenario = new Scenario(new ModelSpec { Reference = new ReferenceSpec { Capture = 0 } });
        scenario.Record(Rows(50, 1, 0, "a"));
        scenario.Apply(new LogEntry(LogEntryKind.Rebaseline, Scenario.Start + UnixTime.Minute, null, 0, new RebaselineOrder(0, 200).Encode()));
        scenario.Record(Rows(150, 2, 0, "a"), Scenario.Start + (2 * UnixTime.Minute));
        // A spec that captures none does not end what its owner ordered.
        scenario.Apply(new LogEntry(LogEntryKind.Spec, Scenario.Start + (2 * UnixTime.Minute), null, 0, SpecJson.Write(new ModelSpec { Team = "risk", Reference = new ReferenceSpec { Capture = 0 } })));
        scenario.Reload();
        Assert.Equal((150, 200, "capturing"), (scenario.Monitor.Describe(Scenario.Start).Captured, scenario.Monitor.Describe(Scenario.Start).CaptureTarget, scenario.Monitor.Describe(Scenario.Start).State));
        scenario.Record(Rows(100, 3, 0, "a"), Scenario.Start + (3 * UnixTime.Minute));
        var reference = scenario.Monitor.Describe(Scenario.Start).Reference!;
        Assert.Equal((1, ReferenceSource.Captured, 200L), (reference.Version, reference.Source, reference.Rows));
        Assert.Equal((UnixTime.ToDateTime(Scenario.Start + UnixTime.Minute), UnixTime.ToDateTime(Scenario.Start + (3 * UnixTime.Minute))), (reference.From, reference.To));
    }

    [Fact]
    public void Rebaseline_WithoutABody_CapturesAsTheFirstReleasesDid()
    {
        var scenario = new Scenario(new ModelSpec { Reference = new ReferenceSpec { Capture = 0 } });
        scenario.Record(Rows(10, 1, 0, "a"));
        scenario.Apply(new LogEntry(LogEntryKind.Rebaseline, Scenario.Start, null, 0, default));
        Assert.Equal(5_000, scenario.Monitor.Describe(Scenario.Start).CaptureTarget);
    }

    [Fact]
    public void Forget_InTheMiddleOfACapture_BeginsItAnew()
    {
        var scenario = new Scenario(new ModelSpec { Reference = new ReferenceSpec { Capture = 200 } });
        scenario.Record(Rows(150, 1, 0, "a"));
        Assert.Equal(Scenario.Start, scenario.Monitor.CapturingSince);
        var later = Scenario.Start + (30 * UnixTime.Day);
        scenario.Apply(new LogEntry(LogEntryKind.Forget, later, null, 0, default));
        Assert.Null(scenario.Monitor.CapturingSince);
        scenario.Record(Rows(200, 2, 0, "b"), later);
        Assert.Equal(["b"], ((CategoricalReference)scenario.Monitor.Reference!.Columns.Single(c => c.Name == "c")).Categories);
        scenario.Apply(new LogEntry(LogEntryKind.Forget, later, null, 0, default));
        Assert.NotNull(scenario.Monitor.Reference);
    }

    [Fact]
    public void References_AreRememberedTenTimes()
    {
        var scenario = new Scenario();
        for (var i = 0; i < 12; i++) scenario.Reference(Rows(100, i, 0, "a"));
        Assert.Equal(Enumerable.Range(3, 10), scenario.Monitor.Describe(Scenario.Start).References.Select(r => r.Version));
    }

    [Fact]
    public void Maintenance_WithAReason_EndsByItself()
    {
        var scenario = new Scenario();
        scenario.Apply(new LogEntry(LogEntryKind.Maintenance, Scenario.Start, null, 0, new MaintenanceOrder(Scenario.Start + UnixTime.Hour, "moving house").Encode()));
        scenario.Reload();
        var now = scenario.Monitor.Describe(Scenario.Start);
        Assert.Equal(("maintenance", "moving house"), (now.State, now.MaintenanceReason));
        var then = scenario.Monitor.Describe(Scenario.Start + UnixTime.Hour);
        Assert.Equal(("waiting", null, null), (then.State, then.MaintenanceReason, then.MaintenanceUntil));
    }

    [Fact]
    public void Spec_ThatRestartsSomething_SaysWhatAndWhy()
    {
        var scenario = Moved(shift: 0);
        var result = scenario.Apply(new LogEntry(LogEntryKind.Spec, Scenario.Start, null, 0, SpecJson.Write(new ModelSpec { Team = "risk", Thresholds = new Thresholds { Drift = new DriftThresholds { Tolerance = 0.2 } } })));
        Assert.Equal(["team", "thresholds.drift.tolerance"], result.Changes.Select(c => c.Field));
        Assert.Equal([Restart.Evidence], result.Changes[1].Restarted);
        Assert.NotNull(scenario.Monitor.Reference);
    }

    private static Scenario Moved(double shift)
    {
        var scenario = new Scenario();
        scenario.Reference(Rows(5_000, 1, 0, "a", "b"));
        scenario.Record(Rows(3_000, 2, shift, shift == 0 ? "a" : "new", "b"));
        return scenario;
    }

    private static IEnumerable<Row> Rows(int count, int seed, double shift, params string[] categories) =>
        Scenario.Normal(count, seed, mean: shift).Select((x, i) => new Row { Features = [("x", i % 30 == 7 ? null : x), ("c", categories[i % categories.Length])] });
}
