using System.Globalization;
using System.Runtime.CompilerServices;
using FleetMonitor.Core.Labels;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Segments;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class SegmentTests
{
    private static readonly ModelSpec ByRegion = new() { Task = TaskKind.Binary, Positive = "1", Segments = ["region"], Reference = new ReferenceSpec { Capture = 500 } };

    [Fact]
    public void Segments_OneSurelyWorse_LeadsWithAnIntervalBelowZero()
    {
        var scenario = new Scenario(ByRegion);
        Traffic(scenario, 4_000, seed: 1, wrong: region => region == "us" ? 0.3 : 0.1);
        var report = scenario.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start);
        Assert.Equal(["region"], report.Segments);
        Assert.Equal(4_000, report.Predictions);
        Assert.Equal(4_000, report.Slices.Sum(s => s.Predictions));
        var worst = report.Slices[0];
        Assert.Equal(("region", "us"), (worst.Segment, worst.Value));
        Assert.True(worst.Worse);
        Assert.InRange(worst.Difference!.Value, worst.DifferenceLower!.Value, worst.DifferenceUpper!.Value);
        Assert.True(worst.DifferenceUpper < 0);
        Assert.All(report.Slices.Skip(1), s => Assert.False(s.Worse));
    }

    [Fact]
    public void Segments_TinyOneThatIsAllWrong_IsNotCalledWorse()
    {
        var scenario = new Scenario(ByRegion with { MinSamples = 10 });
        Traffic(scenario, 3_000, seed: 2, wrong: _ => 0.2);
        // Nine of nine wrong is too few to say anything; eleven with five wrong may well be chance.
        Traffic(scenario, 9, seed: 3, wrong: _ => 1, region: "tiny");
        Traffic(scenario, 11, seed: 4, wrong: _ => 0, region: "small", wrongRows: 5);
        var slices = scenario.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices;
        var tiny = slices.Single(s => s.Value == "tiny");
        Assert.Equal((9L, null, null), (tiny.Labelled, tiny.Accuracy, tiny.Worse));
        Assert.False(slices.Single(s => s.Value == "small").Worse);
        Assert.Equal("tiny", slices[^1].Value);
    }

    [Fact]
    public void Segments_AllAlike_AreRarelyCalledWorse()
    {
        var cries = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            var scenario = new Scenario(ByRegion);
            Traffic(scenario, 1_500, seed: 100 + seed, wrong: _ => 0.2);
            if (scenario.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices.Any(s => s.Worse == true)) cries++;
        }
        // 2.5 % (the bad side of 5 %) are expected at most: of 60, more than 6 in one of 1,000 runs.
        Assert.InRange(cries, 0, 6);
    }

    [Fact]
    public void Segments_OfOneSlice_AreItsOwnMetrics()
    {
        var scenario = new Scenario(ByRegion with { MinSamples = 1 });
        var rows = Traffic(scenario, 1_200, seed: 5, wrong: _ => 0.25);
        var eu = rows.Where(r => r.Region == "eu").ToList();
        var slice = scenario.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices.Single(s => s.Value == "eu");
        double hits = eu.Count(r => r.Predicted == r.Truth), truePositive = eu.Count(r => r is { Predicted: "1", Truth: "1" });
        double predicted = eu.Count(r => r.Predicted == "1"), actual = eu.Count(r => r.Truth == "1");
        Assert.Equal(eu.Count, slice.Predictions);
        Assert.Equal(hits / eu.Count, slice.Accuracy!.Value, 12);
        Assert.Equal(truePositive / predicted, slice.Precision!.Value, 12);
        Assert.Equal(truePositive / actual, slice.Recall!.Value, 12);
        Assert.Equal(2 * truePositive / (predicted + actual), slice.F1!.Value, 12);
        Assert.Equal(eu.Average(r => Math.Max(r.Score, 1 - r.Score)), slice.Confidence!.Value, 8);
        var rest = rows.Where(r => r.Region != "eu").ToList();
        Assert.Equal((hits / eu.Count) - rest.Average(r => r.Predicted == r.Truth ? 1.0 : 0), slice.Difference!.Value, 12);
    }

    [Fact]
    public void Segments_OneThatDrifts_IsNamedAndTheOthersAreQuiet()
    {
        var scenario = new Scenario(ByRegion);
        Traffic(scenario, 5_000, seed: 6, wrong: _ => 0.1);
        var later = Scenario.Start + (3 * UnixTime.Hour);
        Traffic(scenario, 3_000, seed: 7, wrong: _ => 0.1, arrival: later, shift: region => region == "jp" ? 1.5 : 0);
        var slices = scenario.Monitor.Segments(TimeSpan.FromHours(1), later).Slices;
        Assert.Equal(("jp", Verdict.Drifted), (slices[0].Value, slices[0].Verdict));
        Assert.Equal(("x", true), (slices[0].Drift[0].Column, slices[0].Drift[0].Drifted));
        Assert.All(slices.Skip(1), s => Assert.Equal(Verdict.Quiet, s.Verdict));
    }

    [Fact]
    public void Segments_ByFeatures_AreCategoriesAndQuartiles()
    {
        var scenario = new Scenario(new ModelSpec { Segments = ["c", "x"], Reference = new ReferenceSpec { Capture = 400 } });
        var random = new Random(8);
        Row Next() => new() { Features = [("x", random.NextDouble() * 100), ("c", $"c{random.Next(3)}")] };
        scenario.Record(Enumerable.Range(0, 1_400).Select(_ => Next()));
        var slices = scenario.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices;
        Assert.Equal(["c0", "c1", "c2"], slices.Where(s => s.Segment == "c").Select(s => s.Value).Order());
        var ranges = slices.Where(s => s.Segment == "x").ToList();
        Assert.Equal(4, ranges.Count);
        // Quartiles come with the reference: the rows before it are in none.
        Assert.Equal(1_000, ranges.Sum(s => s.Predictions));
        Assert.All(ranges, r => Assert.InRange(r.Predictions, 180, 320));
        Assert.Contains(ranges, r => r.Value.StartsWith("(-inf, 2", StringComparison.Ordinal));
    }

    [Fact]
    public void Segments_OfMoreValuesThanThereIsRoomFor_ShareOne()
    {
        var scenario = new Scenario(new ModelSpec { Segments = ["region"] });
        scenario.Record(Enumerable.Range(0, 500).Select(i => new Row { Tags = [("region", $"r{i % 50}")] }));
        var slices = scenario.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices;
        Assert.Equal(SegmentTable.MaxValues + 1, slices.Count);
        Assert.Equal(300, slices.Single(s => s.Value == SegmentTable.Other).Predictions);
    }

    [Fact]
    public void Segments_OfACorrectedLabel_HaveNoTraceOfTheFirst()
    {
        Scenario corrected = new(ByRegion), straight = new(ByRegion);
        foreach (var scenario in (Scenario[])[corrected, straight])
        {
            scenario.Record(Enumerable.Range(0, 300).Select(i => new Row { Id = $"p{i}", Label = "1", Score = 0.9, Tags = [("region", i % 2 == 0 ? "eu" : "us")] }));
        }
        corrected.Label(Enumerable.Range(0, 300).Select(i => ($"p{i}", "0")));
        corrected.Label(Enumerable.Range(0, 300).Select(i => ($"p{i}", i % 3 == 0 ? "0" : "1")));
        straight.Label(Enumerable.Range(0, 300).Select(i => ($"p{i}", i % 3 == 0 ? "0" : "1")));
        Assert.Equal(straight.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices, corrected.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices, Same);
    }

    [Fact]
    public void Segments_OfARegression_CompareMeanErrors()
    {
        var scenario = new Scenario(new ModelSpec { Task = TaskKind.Regression, Segments = ["region"] });
        var errors = Scenario.Normal(2_000, 9).ToArray();
        string Region(int i) => i % 4 == 0 ? "us" : "eu";
        scenario.Record(errors.Select((e, i) => new Row { Id = $"p{i}", Value = 10 + (e * (Region(i) == "us" ? 2 : 1)), Tags = [("region", Region(i))] }));
        scenario.Label(Enumerable.Range(0, 2_000).Select(i => ($"p{i}", "10")));
        var slices = scenario.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices;
        Assert.Equal(("us", true), (slices[0].Value, slices[0].Worse));
        Assert.Equal(errors.Where((_, i) => i % 4 == 0).Average(e => Math.Abs(2 * e)), slices[0].Mae!.Value, 9);
        Assert.Null(slices[0].Accuracy);
        Assert.False(slices[1].Worse);
    }

    [Fact]
    public void Segments_WhereverBatchesAreCut_AreTheSame()
    {
        var spec = new ModelSpec { Segments = ["region", "x", "c"], Reference = new ReferenceSpec { Capture = 333 } };
        Scenario whole = new(spec), split = new(spec);
        var random = new Random(10);
        for (var step = 0; step < 12; step++)
        {
            var time = Scenario.Start + (step * 9 * UnixTime.Minute);
            Row[] rows = [.. Enumerable.Range(0, 150).Select(i => new Row
            {
                Id = $"{step}-{i}",
                Label = random.Next(2) == 0 ? "1" : "0",
                Score = random.NextDouble(),
                Tags = random.Next(5) == 0 ? [] : [("region", $"r{random.Next(30)}")],
                Features = [("x", random.NextDouble()), ("c", $"c{random.Next(4)}")],
            })];
            // The first batch says what the model is; from then on it may be cut anywhere.
            whole.Record(rows, time);
            foreach (var part in step == 0 ? [rows] : rows.Chunk(37)) split.Record(part, time);
            (string, string)[] labels = [.. Enumerable.Range(0, 100).Select(_ => ($"{Math.Max(0, step - random.Next(3))}-{random.Next(150)}", random.Next(2) == 0 ? "1" : "0"))];
            whole.Label(labels, time + UnixTime.Second);
            split.Label(labels, time + UnixTime.Second);
            if (step % 3 == 1) split.Reload();
        }
        foreach (var window in (double[])[1, 24])
        {
            SegmentScores one = whole.Monitor.Segments(TimeSpan.FromHours(window), Scenario.Start + UnixTime.Hour), other = split.Monitor.Segments(TimeSpan.FromHours(window), Scenario.Start + UnixTime.Hour);
            Assert.Equal(one.Slices, other.Slices, Same);
            Assert.NotEmpty(one.Slices);
        }
    }

    [Fact]
    public void Segments_AfterTheSpecNamesOthers_StartAgain()
    {
        var scenario = new Scenario(ByRegion);
        Traffic(scenario, 600, seed: 11, wrong: _ => 0.1);
        scenario.Apply(new Ingest.LogEntry(Ingest.LogEntryKind.Spec, Scenario.Start, null, 0, SpecJson.Write(ByRegion with { Segments = [] })));
        Assert.Empty(scenario.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices);
        scenario.Reload();
        scenario.Apply(new Ingest.LogEntry(Ingest.LogEntryKind.Spec, Scenario.Start, null, 0, SpecJson.Write(ByRegion)));
        Assert.Empty(scenario.Monitor.Segments(TimeSpan.FromHours(1), Scenario.Start).Slices);
        Assert.Equal(600, scenario.Score().Predictions);
    }

    [Fact]
    public void Memory_OfLabelEntries_IsWhatItWasWithoutSlices() => Assert.InRange(Unsafe.SizeOf<LabelEntry>(), 1, 88);

    private static readonly string[] Regions = ["eu", "us", "jp"];

    private static List<(string Region, string Predicted, string Truth, double Score)> Traffic(
        Scenario scenario, int count, int seed, Func<string, double> wrong, long? arrival = null, Func<string, double>? shift = null, string? region = null, int wrongRows = 0)
    {
        var random = new Random(seed);
        var rows = new List<(string Region, string Predicted, string Truth, double Score)>();
        var batch = new List<Row>();
        for (var i = 0; i < count; i++)
        {
            var where = region ?? Regions[random.Next(3)];
            var score = random.NextDouble();
            var predicted = score > 0.5 ? "1" : "0";
            var truth = i < wrongRows || random.NextDouble() < wrong(where) ? (predicted == "1" ? "0" : "1") : predicted;
            rows.Add((where, predicted, truth, score));
            batch.Add(new Row { Id = Id(seed, i), Label = predicted, Score = score, Tags = [("region", where)], Features = [("x", random.NextDouble() + (shift?.Invoke(where) ?? 0))] });
        }
        scenario.Record(batch, arrival);
        scenario.Label(rows.Select((r, i) => (Id(seed, i), r.Truth)), arrival);
        return rows;
    }

    private static string Id(int seed, int row) => string.Create(CultureInfo.InvariantCulture, $"{seed}/{row}");

    private static bool Same(SliceScore one, SliceScore other) => (one with { Drift = [] }) == (other with { Drift = [] }) && one.Drift.SequenceEqual(other.Drift);
}
