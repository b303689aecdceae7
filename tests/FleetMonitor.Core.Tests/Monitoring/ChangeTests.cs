using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Tests.Detectors;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

/// <summary>The change detectors inside the monitor: what feeds them, in which order, and what is told.</summary>
[Properties(Replay = "7,9", MaxTest = 15)]
public sealed class ChangeTests
{
    private static readonly ModelSpec All = new()
    {
        Task = TaskKind.Binary,
        Features = [new FeatureSpec("x", FeatureKind.Numeric)],
        Detectors =
        [
            .. Enum.GetValues<DetectorKind>().Select(kind => new DetectorSpec { On = "error", Detector = kind }),
            new DetectorSpec { On = "confidence", Detector = DetectorKind.Adwin },
            new DetectorSpec { On = "feature:x", Detector = DetectorKind.Kswin, Alpha = 1e-7 },
        ],
    };

    [SkippableTheory]
    [InlineData("bernoulli_abrupt_small")]
    [InlineData("bernoulli_gradual")]
    public void Errors_OfAReferenceStream_ChangeWhereRiverDoes(string stream)
    {
        var scenario = new Scenario(All);
        var errors = ReferenceStreams.Of(stream);
        var found = new List<(DetectorKind Kind, long Index)>();
        scenario.Monitor.OnChange((detector, time) => found.Add((detector.Detector, UnixTime.From(time) - Scenario.Start)));
        for (var start = 0; start < errors.Length; start += 500)
        {
            Row At(int i) => new() { Id = $"{i}", Time = Scenario.Start + i, Label = errors[i] == 0 ? "1" : "0" };
            scenario.Record(Enumerable.Range(start, 500).Select(At));
            scenario.Label(Enumerable.Range(start, 500).Select(i => ($"{i}", "1")));
        }
        Check(DetectorKind.Adwin, "ADWIN(delta=0.002,clock=32,max_buckets=5,min_window_length=5,grace_period=10)");
        Check(DetectorKind.PageHinkley, "PageHinkley(min_instances=30,delta=0.005,threshold=50,alpha=0.9999,mode=both)");
        Check(DetectorKind.Ddm, "DDM(warm_start=30,warning=2,drift=3)");
        Check(DetectorKind.Eddm, "EDDM(warm_start=30,alpha=0.95,beta=0.9)");
        Check(DetectorKind.HddmA, "HDDM_A(drift_confidence=0.001,warning_confidence=0.005,two_sided=False)");

        void Check(DetectorKind kind, string name)
        {
            var expected = ReferenceStreams.Expected(stream, "river", name).GetProperty("changes").EnumerateArray().Select(i => i.GetInt64()).ToArray();
            Assert.Equal(expected, found.Where(f => f.Kind == kind).Select(f => f.Index));
            var report = scenario.Monitor.Changes.Single(c => c.Detector == kind && c.On == "error");
            Assert.Equal((errors.Length, expected.Length), (report.Values, report.Changes));
            Assert.Equal(expected.Reverse().Take(16), report.Recent.Select(c => c.Index));
        }
    }

    [Property]
    public void Batches_SplitAnyWay_ChangeNothing(int seed)
    {
        Scenario whole = new(All), split = new(All);
        var random = new Random(seed);
        Row[] rows = [.. Enumerable.Range(0, 1_500).Select(i => new Row
        {
            Id = $"{i}",
            Label = random.NextDouble() < (i < 800 ? 0.9 : 0.3) ? "1" : "0",
            Score = random.NextDouble() * (i < 700 ? 1 : 0.1),
            Features = [("x", random.Next(20) == 0 ? null : random.NextDouble() + (i < 900 ? 0 : 3))],
        })];
        (string, string)[] labels = [.. rows.Select(r => (r.Id!, "1"))];
        whole.Record(rows);
        whole.Label(labels);
        for (var start = 0; start < rows.Length;)
        {
            var end = Math.Min(rows.Length, start + 1 + random.Next(400));
            split.Record(rows[start..end]);
            if (random.Next(2) == 0) split.Reload();
            start = end;
        }
        for (var start = 0; start < rows.Length;)
        {
            var end = Math.Min(rows.Length, start + 1 + random.Next(400));
            split.Label(labels[start..end]);
            if (random.Next(2) == 0) split.Reload();
            start = end;
        }
        Assert.Equal(whole.Monitor.Save(), split.Monitor.Save());
        Assert.Equal([("error", 1L), ("confidence", 1L), ("feature:x", 1L)], whole.Monitor.Changes.Where(c => c.Detector is DetectorKind.Adwin or DetectorKind.Kswin && (c.On != "error" || c.Detector == DetectorKind.Adwin)).Select(c => (c.On, c.Changes)));
    }

    [Fact]
    public void Value_BeyondAllSense_BlindsNoDetector()
    {
        var scenario = new Scenario(new ModelSpec { Detectors = [new DetectorSpec { On = "feature:x", Detector = DetectorKind.Adwin }] });
        scenario.Record(Enumerable.Range(0, 1_000).Select(i => Scenario.Numeric(i == 500 ? 1e200 : i % 2)));
        scenario.Record(Enumerable.Range(0, 1_000).Select(i => Scenario.Numeric(50 + (i % 2))));
        Assert.Equal((1_999, true), (scenario.Monitor.Changes[0].Values, scenario.Monitor.Changes[0].Changes > 0));
    }

    [Fact]
    public void Default_OfAClassification_WatchesErrorsAndConfidence()
    {
        var scenario = new Scenario();
        scenario.Record([new Row { Score = 0.9 }]);
        Assert.Equal([(DetectorKind.Adwin, "error", 0L, 0L), (DetectorKind.Adwin, "confidence", 1L, 0L)], scenario.Monitor.Changes.Select(c => (c.Detector, c.On, c.Values, c.Changes)));
    }

    [Fact]
    public void Default_OfARegression_WatchesAbsoluteErrors()
    {
        var scenario = new Scenario();
        Row[] rows = [.. Scenario.Normal(3_000, 1).Select((x, i) => new Row { Id = $"{i}", Value = 10 + x })];
        scenario.Record(rows);
        // Errors of one size and then of another, on either side: the mean error stays 0.
        scenario.Label(rows.Select((r, i) => (r.Id!, FormattableString.Invariant($"{r.Value + ((i < 2_000 ? 1 : 2) * (i % 2 == 0 ? 1 : -1))}"))));
        var report = Assert.Single(scenario.Monitor.Changes);
        Assert.Equal(("error", 3_000L, 1L), (report.On, report.Values, report.Changes));
        Assert.InRange(report.Recent[0].Index, 2_000, 2_100);
    }

    [Fact]
    public void Corrections_AndRepetitions_AreNotFedAgain()
    {
        var scenario = new Scenario();
        scenario.Record([new Row { Id = "a", Label = "1" }, new Row { Id = "b", Label = "0" }]);
        scenario.Label([("a", "1"), ("a", "0"), ("a", "0"), ("b", "0")]);
        Assert.Equal(2, scenario.Monitor.Changes[0].Values);
    }

    [Fact]
    public void Labels_BeforeTheirPredictions_AreFedWhenTheyMeet()
    {
        var scenario = new Scenario(new ModelSpec { Task = TaskKind.Binary });
        scenario.Label([("a", "1")]);
        Assert.Equal(0, scenario.Monitor.Changes[0].Values);
        scenario.Record([new Row { Id = "a", Label = "0" }]);
        Assert.Equal(1, scenario.Monitor.Changes[0].Values);
    }

    [Fact]
    public void SpecChange_OfOneDetector_LeavesTheOthersTheirState()
    {
        var scenario = new Scenario();
        scenario.Record(Enumerable.Range(0, 50).Select(_ => new Row { Score = 0.9 }));
        DetectorSpec[] detectors = [new() { On = "confidence", Detector = DetectorKind.Adwin }, new() { On = "confidence", Detector = DetectorKind.PageHinkley, Threshold = 5 }];
        scenario.Apply(new LogEntry(LogEntryKind.Spec, Scenario.Start, null, 0, SpecJson.Write(new ModelSpec { Detectors = detectors })));
        Assert.Equal([50, 0], scenario.Monitor.Changes.Select(c => c.Values));
        scenario.Reload();
        Assert.Equal([50, 0], scenario.Monitor.Changes.Select(c => c.Values));
    }

    [Fact]
    public void Detectors_OfNone_WatchNothing()
    {
        var scenario = new Scenario(new ModelSpec { Detectors = [] });
        scenario.Record([new Row { Score = 0.9 }]);
        scenario.Reload();
        Assert.Empty(scenario.Monitor.Changes);
    }
}
