using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class StateTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void SaveAndLoad_InTheMiddleOfAStream_ChangesNotAByte(int seed)
    {
        var straight = new Scenario();
        var interrupted = new Scenario();
        Busy(straight, seed, reload: false);
        Busy(interrupted, seed, reload: true);
        Assert.Equal(straight.Monitor.Save(), interrupted.Monitor.Save());
    }

    [Fact]
    public void Replay_OfTheSameLog_GivesTheSameBytes()
    {
        var scenario = new Scenario();
        Busy(scenario, 4, reload: false);
        var replayed = new ModelMonitor("m");
        foreach (var entry in scenario.Log) replayed.Apply(entry);
        Assert.Equal(scenario.Monitor.Save(), replayed.Save());
    }

    [Fact]
    public void Load_OfBytesCutShortOrChanged_ThrowsCodecExceptionOrLoads()
    {
        var scenario = new Scenario();
        Busy(scenario, 5, reload: false);
        var bytes = scenario.Monitor.Save();
        for (var length = 0; length < bytes.Length; length += 1 + (bytes.Length / 500)) Assert.Throws<CodecException>(() => ModelMonitor.Load(bytes.AsSpan(0, length)));
        Assert.Throws<CodecException>(() => ModelMonitor.Load([.. bytes, 0]));
    }

    [Fact]
    public void Memory_OfAModelWithTwentyFeatures_StaysWithinItsBudget()
    {
        var scenario = new Scenario();
        var random = new Random(6);
        Row Next(long time) => new() { Time = time, Label = "1", Score = random.NextDouble(), Latency = random.NextDouble() / 100, Features = [.. Enumerable.Range(0, 20).Select(f => ($"f{f}", (object?)random.NextDouble()))] };
        scenario.Reference(Enumerable.Range(0, 5_000).Select(_ => Next(Scenario.Start)));
        // One event a second over seven days is 604,800; a sixth of the days at that rate shows the minutes and hours in full.
        for (var minute = 0; minute < 28 * 60; minute++)
        {
            var time = Scenario.Start + (minute * UnixTime.Minute);
            scenario.Record(Enumerable.Range(0, 60).Select(s => Next(time + (s * UnixTime.Second))), time);
        }
        Assert.InRange(scenario.Monitor.PaneBytes, 20_000, 200_000);
    }

    [Fact]
    public void Repetition_OfAProducersBatch_ChangesNothing()
    {
        var scenario = new Scenario();
        Row[] rows = [.. Scenario.Normal(100, 1).Select(x => Scenario.Numeric(x))];
        Assert.Equal(100, scenario.Record(rows, producer: "p", sequence: 3).Accepted);
        var saved = scenario.Monitor.Save();
        var again = scenario.Record(rows, producer: "p", sequence: 3);
        Assert.Equal((0, 100), (again.Accepted, again.Duplicates));
        Assert.Equal(saved, scenario.Monitor.Save());
        Assert.Equal(100, scenario.Record(rows, producer: "p", sequence: 2).Accepted);
        Assert.Equal(100, scenario.Record(rows, producer: "q", sequence: 3).Accepted);
        Assert.Equal(300, scenario.Score().Predictions);
        scenario.Reload();
        Assert.Equal(SequenceStatus.Applied, scenario.Monitor.Status("p", 2));
        Assert.Equal(SequenceStatus.New, scenario.Monitor.Status("p", 4));
    }

    [Fact]
    public void SpecChange_OfThresholds_KeepsWindowsAndReference()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(1_000, 1).Select(x => Scenario.Numeric(x)));
        scenario.Record(Scenario.Normal(500, 2).Select(x => Scenario.Numeric(x)));
        scenario.Apply(new LogEntry(LogEntryKind.Spec, Scenario.Start, null, 0, SpecJson.Write(new ModelSpec { Team = "risk", Thresholds = new Thresholds { Drift = new DriftThresholds { Ks = 0.5 } } })));
        Assert.Equal(500, scenario.Score().Columns[0].Count);
        Assert.Equal("risk", scenario.Monitor.Spec.Team);
        Assert.Equal("x", Assert.Single(scenario.Monitor.Spec.Features!).Name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(TaskKind.Binary)]
    [InlineData(TaskKind.Regression)]
    public void SpecBeforeTheFirstPrediction_SurvivesAReload(TaskKind? task)
    {
        Scenario straight = new(new ModelSpec { Task = task }), reloaded = new(new ModelSpec { Task = task });
        reloaded.Reload();
        Assert.Equal(straight.Monitor.Save(), reloaded.Monitor.Save());
        foreach (var scenario in (Scenario[])[straight, reloaded])
        {
            scenario.Apply(new LogEntry(LogEntryKind.Spec, Scenario.Start, null, 0, SpecJson.Write(new ModelSpec { Task = task, Team = "risk" })));
            scenario.Record(Scenario.Normal(10, 1).Select(x => new Row { Value = x > 0 ? 1 : 0, Features = [("x", x)] }));
        }
        Assert.Equal(straight.Monitor.Save(), reloaded.Monitor.Save());
        Assert.Equal(10, straight.Monitor.Describe(Scenario.Start).Captured);
    }

    [Fact]
    public void SpecChange_OfFeatures_DropsTheReferenceThatNoLongerFits()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(1_000, 1).Select(x => Scenario.Numeric(x)));
        scenario.Apply(new LogEntry(LogEntryKind.Spec, Scenario.Start, null, 0, SpecJson.Write(new ModelSpec { Features = [new FeatureSpec("y", FeatureKind.Numeric)] })));
        Assert.Null(scenario.Monitor.Reference);
        Assert.Equal("capturing", scenario.Monitor.Describe(Scenario.Start).State);
    }

    [Fact]
    public void Rebaseline_CapturesANewReferenceOfTheNextVersion()
    {
        var scenario = new Scenario(new ModelSpec { Reference = new ReferenceSpec { Capture = 200 } });
        scenario.Record(Scenario.Normal(200, 1).Select(x => Scenario.Numeric(x)));
        scenario.Apply(new LogEntry(LogEntryKind.Rebaseline, Scenario.Start, null, 0, default));
        Assert.Null(scenario.Monitor.Reference);
        scenario.Record(Scenario.Normal(400, 2, mean: 5).Select(x => Scenario.Numeric(x)));
        Assert.Equal(2, scenario.Monitor.Reference!.Version);
        Assert.Equal(0, scenario.Score().FeaturesDrifted);
    }

    [Fact]
    public void Rows_OfAWrongType_AreRejectedByFieldAndCounted()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(1_000, 1).Select(x => Scenario.Numeric(x)));
        var result = scenario.Record(Enumerable.Range(0, 200).Select(i => i % 10 == 7 ? new Row { Features = [("x", "abc")] } : Scenario.Numeric(i)));
        Assert.Equal((180, 20), (result.Accepted, result.Rejected));
        Assert.Equal(new RowError(7, "features.x", "expected a number, got \"abc\""), result.Errors[0]);
        Assert.Equal(20, scenario.Score().Columns[0].TypeMismatches);
    }

    [Fact]
    public void Rows_AllOfAWrongType_AreCountedWhereNoOtherIs()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(1_000, 1).Select(x => Scenario.Numeric(x)));
        var row = new Row { Features = [("x", "12.5")] };
        var later = Scenario.Start + (10 * UnixTime.Minute);
        Assert.Equal(50, scenario.Record(Enumerable.Repeat(row, 50), later).Rejected);
        Assert.Equal(1, scenario.Record([row with { Time = later + UnixTime.Hour }], later).Rejected);
        Assert.Equal(50, scenario.Score(now: later).Columns[0].TypeMismatches);
    }

    /// <summary>A spec may leave open what a detector turns out not to fit, and the model must open again all the same.</summary>
    [Theory]
    [InlineData(DetectorSpec.Confidence)]
    [InlineData("feature:country")]
    [InlineData("feature:nobody")]
    public void Detector_OnWhatTurnsOutNotToBeThere_SurvivesAReload(string on)
    {
        var scenario = new Scenario(new ModelSpec { Detectors = [new DetectorSpec { On = on, Detector = DetectorKind.Adwin }] });
        scenario.Record(Enumerable.Range(0, 300).Select(i => new Row { Value = i / 2.0, Features = [("country", i % 2 == 0 ? "DE" : "FR")] }));
        var saved = scenario.Monitor.Save();
        scenario.Reload();
        Assert.Equal(saved, scenario.Monitor.Save());
        Assert.Equal(0, Assert.Single(scenario.Monitor.Changes).Values);
    }

    [Fact]
    public void Mistakes_OfASpecThatLeavesOpenWhatIsKnown_AreThoseBesideIt()
    {
        var spec = SpecJson.Write(new ModelSpec { Detectors = [new DetectorSpec { On = "feature:country", Detector = DetectorKind.Adwin }, new DetectorSpec { On = "feature:ammount", Detector = DetectorKind.Adwin }] });
        var scenario = new Scenario();
        var row = new Row { Features = [("country", "DE"), ("amount", 5.0)] };
        scenario.Record([row]);
        // While a reference is captured there may be features that were not seen yet.
        Assert.Empty(scenario.Monitor.Mistakes(spec));
        scenario.Reference(Enumerable.Repeat(row, 100));
        Assert.Equal(["detectors[0].on: feature \"country\" is categorical", "detectors[1].on: there is no feature \"ammount\""], scenario.Monitor.Mistakes(spec).Select(m => m.ToString()));
    }

    [Fact]
    public void Inference_FromAFirstBatchWithAWrongValue_TakesTheFeatureForWhatItMostlyIs()
    {
        var scenario = new Scenario();
        var result = scenario.Record(Enumerable.Range(0, 50).Select(i => new Row { Features = [("x", i == 17 ? "abc" : i * 1.5), ("c", i % 4 == 0 ? 7.0 : "k")] }));
        Assert.Equal((49, 1), (result.Accepted, result.Rejected));
        Assert.Equal(new RowError(17, "features.x", "expected a number, got \"abc\""), Assert.Single(result.Errors));
        Assert.Equal([new FeatureSpec("x", FeatureKind.Numeric), new FeatureSpec("c", FeatureKind.Categorical)], scenario.Monitor.Spec.Features!);
    }

    [Fact]
    public void Rows_OfAThirdClass_AreRejectedByABinaryModel()
    {
        var scenario = new Scenario();
        var result = scenario.Record([new Row { Label = "0", Score = 0.1 }, new Row { Label = "1", Score = 0.9 }, new Row { Label = "2", Score = 0.5 }, new Row { Label = "1", Score = 1.5 }]);
        Assert.Equal((2, 2), (result.Accepted, result.Rejected));
        Assert.Equal(["prediction", "score"], result.Errors.Select(e => e.Field));
    }

    private static void Busy(Scenario scenario, int seed, bool reload)
    {
        var random = new Random(seed);
        for (var step = 0; step < 60; step++)
        {
            var time = Scenario.Start + (step * 7 * UnixTime.Minute);
            scenario.Record(Enumerable.Range(0, 150).Select(i => new Row
            {
                Id = random.Next(3) == 0 ? null : $"{step}-{i}",
                Time = random.Next(2) == 0 ? null : time - random.Next(10_000) * UnixTime.Second,
                Label = random.Next(2) == 0 ? "1" : "0",
                Score = random.NextDouble(),
                Latency = random.NextDouble(),
                Error = random.Next(50) == 0,
                Features = [("x", random.NextDouble()), ("c", $"c{random.Next(step > 40 ? 9 : 4)}"), ("n", random.Next(4) == 0 ? null : random.Next(8) * 1.0)],
            }), time, "producer", (ulong)step);
            scenario.Label(Enumerable.Range(0, 80).Select(i => ($"{Math.Max(0, step - random.Next(4))}-{random.Next(150)}", random.Next(2) == 0 ? "1" : "0")), time + UnixTime.Second);
            if (reload && step % 7 == 3) scenario.Reload();
        }
        scenario.Apply(new LogEntry(LogEntryKind.Maintenance, Scenario.Start, null, 0, BitConverter.GetBytes(Scenario.Start + UnixTime.Hour)));
    }
}
