using System.Globalization;
using System.Text.Json;
using FleetMonitor.Core.Comparisons;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;
using FleetMonitor.Core.Versions;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class VersionTests
{
    private static readonly ModelSpec Shadow = new() { Task = TaskKind.Binary, Positive = "1", Champion = "1", Challengers = ChallengerTraffic.Shadow, Reference = new ReferenceSpec { Capture = 0 } };

    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    /// <summary>The name of a series must not change while two versions share the traffic.</summary>
    [Fact]
    public void Version_OfSharedTraffic_IsTheFirstUntilItIsReplaced()
    {
        var scenario = new Scenario();
        var minute = 0;
        void Record(params string[] versions) => scenario.Record(versions.Select(version => new Row { Version = version }), Scenario.Start + (minute++ * UnixTime.Minute));
        Record("3");
        for (var i = 0; i < 10; i++)
        {
            Record("3", "4");
            Assert.Equal("3", scenario.Monitor.Version);
            scenario.Reload();
        }
        for (var i = 0; i < 4; i++) Record("4");
        Assert.Equal("3", scenario.Monitor.Version);
        Record("4");
        Assert.Equal("4", scenario.Monitor.Version);
    }

    [Fact]
    public void Versions_InTheShadow_AreComparedPairByPair_AndCountNothingOfTheModels()
    {
        var scenario = new Scenario(Shadow);
        var truth = Record(scenario, 4_000, seed: 1, right: version => version == "1" ? 0.8 : 0.9, shadow: true);
        scenario.Label(truth.Select(t => (t.Id, t.Truth)));
        var model = scenario.Monitor.Describe(Scenario.Start);
        Assert.Equal((4_000, 4_000), (model.Counters.Predictions, model.Labels.Joined));
        Assert.Equal("1", scenario.Monitor.Version);
        Assert.Equal(4_000, scenario.Score().Predictions);
        Assert.Equal(truth.Average(t => t.Answers["1"] == t.Truth ? 1.0 : 0), scenario.Score().Performance.Classification!.Accuracy!.Value, 12);

        var scores = scenario.Monitor.Versions(Day, Scenario.Start);
        Assert.Equal(("1", "2"), (scores.Champion, scores.Better));
        Assert.Equal(["1", "2"], scores.Versions.Select(v => v.Version));
        Assert.All(scores.Versions, v => Assert.Equal((4_000, 0.5, 4_000), (v.Predictions, v.Share, v.Labelled)));
        Assert.Equal(truth.Average(t => t.Answers["2"] == t.Truth ? 1.0 : 0), scores.Versions[1].Accuracy!.Value.Value, 12);

        var comparison = Assert.Single(scores.Comparisons);
        Assert.Equal(("2", "1", ComparedTraffic.Paired, "accuracy", "2"), (comparison.Version, comparison.Against, comparison.Traffic, comparison.Metric, comparison.Better));
        long Count(bool challenger, bool champion) => truth.Count(t => t.Answers["2"] == t.Truth == challenger && t.Answers["1"] == t.Truth == champion);
        var pairs = new PairedCounts(Count(true, true), Count(true, false), Count(false, true), Count(false, false));
        Assert.Equal(pairs, comparison.Pairs);
        Assert.Equal(PairedProportions.Of(pairs, 0.05), new Interval(comparison.Difference!.Value, comparison.Lower!.Value, comparison.Upper!.Value));
        Assert.Equal(McNemar.Exact(pairs.OnlyFirst, pairs.OnlySecond), comparison.PValue);
        var sequence = CountSequence.Paired(pairs, 0.05)!.Value;
        Assert.Equal((sequence.Lower, sequence.Upper, 4_000L), (comparison.Evidence!.Lower, comparison.Evidence.Upper, comparison.Evidence.Samples), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-9 && a.Item3 == b.Item3);
    }

    [Fact]
    public void Versions_OnSplitTraffic_BothCountAsTheModels()
    {
        var scenario = new Scenario(Shadow with { Challengers = null });
        var truth = Record(scenario, 3_000, seed: 2, right: _ => 0.85, shadow: false);
        scenario.Label(truth.Select(t => (t.Id, t.Truth)));
        Assert.Equal(3_000, scenario.Score().Predictions);
        var scores = scenario.Monitor.Versions(Day, Scenario.Start);
        Assert.Equal(3_000, scores.Versions.Sum(v => v.Predictions));
        Assert.Equal(1, scores.Versions.Sum(v => v.Share!.Value), 12);
        var comparison = Assert.Single(scores.Comparisons);
        Assert.Equal((ComparedTraffic.Split, (string?)null, (PairedCounts?)null), (comparison.Traffic, comparison.Better, comparison.Pairs));
        var (own, other) = (Right("2"), Right("1"));
        var newcombe = ProportionDifference.Of(own.Hits, own.All, other.Hits, other.All, 0.05)!.Value;
        Assert.Equal((newcombe.Value, newcombe.Lower, newcombe.Upper), (comparison.Difference!.Value, comparison.Lower!.Value, comparison.Upper!.Value));
        Assert.InRange(0, comparison.Lower!.Value, comparison.Upper!.Value);
        Assert.Null(scores.Better);
        Assert.Equal(CountSequence.TwoSamples(own.Hits, own.All, other.Hits, other.All, 0.05)!.Value.Lower, comparison.Evidence!.Lower, 9);

        (long Hits, long All) Right(string version) => (truth.Count(t => t.Answers.TryGetValue(version, out var a) && a == t.Truth), truth.Count(t => t.Answers.ContainsKey(version)));
    }

    [Fact]
    public void Versions_WithoutAChampion_BeginWithTheSecond_WithWhatTheFirstHadAnswered()
    {
        var scenario = new Scenario(new ModelSpec { Task = TaskKind.Binary, Positive = "1" });
        scenario.Record(Enumerable.Range(0, 300).Select(i => new Row { Id = $"a{i}", Version = "7", Label = "1" }));
        scenario.Label(Enumerable.Range(0, 200).Select(i => ($"a{i}", i % 4 == 0 ? "0" : "1")));
        Assert.Empty(scenario.Monitor.Describe(Scenario.Start).Versions);
        Assert.Equal("only one version has been seen", scenario.Monitor.Versions(Day, Scenario.Start).Note);
        scenario.Record([new Row { Id = "b0", Version = "8", Label = "1" }]);
        scenario.Label(Enumerable.Range(200, 100).Select(i => ($"a{i}", "1")));
        var scores = scenario.Monitor.Versions(Day, Scenario.Start);
        Assert.Equal(("7", "8"), (scores.Champion, scores.Versions[1].Version));
        Assert.Equal((300, 250.0 / 300), (scores.Versions[0].Labelled, scores.Versions[0].Accuracy!.Value.Value));
        Assert.Equal(["7", "8"], scenario.Monitor.Describe(Scenario.Start).Versions);
    }

    [Fact]
    public void Duplicates_OfAVersion_ArePerVersion()
    {
        var scenario = new Scenario(Shadow);
        Row Answer(string version) => new() { Id = "p", Version = version, Label = "1" };
        Assert.Equal((1, 0), Taken(scenario.Record([Answer("2")])));
        Assert.Equal((1, 0), Taken(scenario.Record([Answer("1")])));
        Assert.Equal((0, 2), Taken(scenario.Record([Answer("1"), Answer("2")])));
        Assert.Equal(1, scenario.Monitor.Describe(Scenario.Start).Counters.Predictions);

        var split = new Scenario(Shadow with { Challengers = ChallengerTraffic.Split });
        Assert.Equal((2, 1), Taken(split.Record([Answer("2"), Answer("1"), Answer("2")])));
        Assert.Equal(1, split.Score().Predictions);
        static (int, int) Taken(ApplyResult result) => (result.Accepted, result.Duplicates);
    }

    /// <summary>Whatever order answers, labels and corrections come in, the same is counted.</summary>
    [Theory]
    [InlineData(TaskKind.Binary)]
    [InlineData(TaskKind.Regression)]
    public void Order_OfAnswersAndLabels_ChangesNothing(TaskKind task)
    {
        var spec = Shadow with { Task = task, Positive = task == TaskKind.Binary ? "1" : null };
        Scenario straight = new(spec), mixed = new(spec);
        var random = new Random(3);
        var rows = Enumerable.Range(0, 400).Select(i => (Id: $"p{i}", One: random.Next(2), Two: random.Next(2), Truth: random.Next(2).ToString(CultureInfo.InvariantCulture))).ToList();
        Row Of(string id, string version, int answer) => task == TaskKind.Binary ? new Row { Id = id, Version = version, Label = $"{answer}" } : new Row { Id = id, Version = version, Value = answer };
        straight.Record(rows.Select(r => Of(r.Id, "1", r.One)));
        straight.Record(rows.Select(r => Of(r.Id, "2", r.Two)));
        straight.Label(rows.Select(r => (r.Id, r.Truth)));

        mixed.Label(rows.Take(100).Select(r => (r.Id, r.Truth == "1" ? "0" : "1")));
        mixed.Record(rows.Select(r => Of(r.Id, "2", r.Two)));
        mixed.Label(rows.Skip(100).Take(100).Select(r => (r.Id, r.Truth == "1" ? "0" : "1")));
        mixed.Record(rows.Select(r => Of(r.Id, "1", r.One)));
        mixed.Reload();
        mixed.Label(rows.Select(r => (r.Id, r.Truth)));
        mixed.Label(rows.Select(r => (r.Id, r.Truth)));

        // Slots differ with the order; what is said does not.
        Assert.Equal(Said(straight), Said(mixed));
        static string Said(Scenario scenario)
        {
            var scores = scenario.Monitor.Versions(Day, Scenario.Start);
            return JsonSerializer.Serialize(scores with { Versions = [.. scores.Versions.OrderBy(v => v.Version, StringComparer.Ordinal)] }, ScoreJson.Options);
        }
    }

    [Fact]
    public void Versions_OfARegression_CompareMeanAbsoluteErrors()
    {
        var scenario = new Scenario(Shadow with { Task = TaskKind.Regression, Positive = null });
        double[] one = [.. Scenario.Normal(3_000, 1)], two = [.. Scenario.Normal(3_000, 2, std: 0.7)];
        scenario.Record(one.Select((e, i) => new Row { Id = $"p{i}", Version = "1", Value = 10 + e }));
        scenario.Record(two.Select((e, i) => new Row { Id = $"p{i}", Version = "2", Value = 10 + e }));
        scenario.Label(Enumerable.Range(0, 3_000).Select(i => ($"p{i}", "10")));
        var scores = scenario.Monitor.Versions(Day, Scenario.Start);
        var comparison = Assert.Single(scores.Comparisons);
        Assert.Equal(("mae", ComparedTraffic.Paired, "2", "2"), (comparison.Metric, comparison.Traffic, comparison.Better, scores.Better));
        Assert.Equal(two.Average(Math.Abs) - one.Average(Math.Abs), comparison.Difference!.Value, 9);
        Assert.True(comparison.Upper < 0 && comparison.Evidence!.Upper < 0 && !comparison.Evidence.Exact);
        Assert.Equal(one.Average(Math.Abs), scores.Versions[0].Mae!.Value.Value, 9);
    }

    [Fact]
    public void Versions_BeyondFour_WaitUntilOneFallsSilent()
    {
        var scenario = new Scenario(Shadow with { Challengers = ChallengerTraffic.Split });
        for (var version = 1; version <= 6; version++) scenario.Record([new Row { Id = $"p{version}", Version = $"{version}", Label = "1" }]);
        Assert.Equal(["1", "2", "3", "4"], scenario.Monitor.Describe(Scenario.Start).Versions);
        var later = Scenario.Start + (2 * UnixTime.Hour);
        for (var version = 2; version <= 4; version++) scenario.Record([new Row { Id = $"q{version}", Version = $"{version}", Label = "1" }], later - UnixTime.Minute);
        scenario.Record([new Row { Id = "r5", Version = "5", Label = "1" }], later);
        // The champion keeps its slot although it has been silent longest.
        Assert.Equal(["1", "2", "3", "4"], scenario.Monitor.Describe(later).Versions);
        var evening = later + (2 * UnixTime.Hour);
        scenario.Record([new Row { Id = "r3", Version = "3", Label = "1" }, new Row { Id = "r4", Version = "4", Label = "1" }, new Row { Id = "s5", Version = "5", Label = "1" }], evening);
        Assert.Equal(["1", "3", "4", "5"], scenario.Monitor.Describe(evening).Versions);
        Assert.Equal(13, scenario.Monitor.Describe(evening).Counters.Predictions);
        Assert.Equal(1, scenario.Monitor.Versions(Day, evening).Versions.Single(v => v.Version == "5").Predictions);
        Assert.Equal(VersionTable.MaxVersions, scenario.Monitor.Versions(Day, evening).Versions.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void SaveAndLoad_InTheMiddleOfAStream_ChangesNotAByte(int seed)
    {
        Scenario straight = new(Shadow), interrupted = new(Shadow);
        foreach (var scenario in (Scenario[])[straight, interrupted])
        {
            var random = new Random(seed);
            for (var step = 0; step < 40; step++)
            {
                var time = Scenario.Start + (step * 9 * UnixTime.Minute);
                scenario.Record(Enumerable.Range(0, 80).Select(i => new Row
                {
                    Id = $"{step}-{i / 2}", Version = random.Next(20) == 0 ? null : $"{1 + random.Next(step > 20 ? 5 : 2)}", Label = $"{random.Next(2)}", Score = random.NextDouble(), Latency = random.NextDouble(),
                    Error = random.Next(30) == 0, Time = time - (random.Next(2_000) * UnixTime.Second),
                }), time);
                scenario.Label(Enumerable.Range(0, 30).Select(_ => ($"{Math.Max(0, step - random.Next(3))}-{random.Next(40)}", $"{random.Next(2)}")), time + UnixTime.Second);
                if (scenario == interrupted && step % 6 == 5) scenario.Reload();
            }
        }
        Assert.Equal(straight.Monitor.Save(), interrupted.Monitor.Save());
        Assert.NotEmpty(straight.Monitor.Versions(Day, Scenario.Start + (6 * UnixTime.Hour)).Comparisons);
    }

    [Fact]
    public void Spec_ThatNamesAChampionWithoutTraffic_SaysSo()
    {
        var scenario = new Scenario(Shadow with { Champion = "9", Challengers = null });
        scenario.Record([new Row { Id = "p", Version = "3", Label = "1" }]);
        var scores = scenario.Monitor.Versions(Day, Scenario.Start);
        Assert.Equal("9", scores.Champion);
        Assert.Equal("9", scenario.Monitor.Version);
        Assert.Null(scores.Better);
    }

    [Fact]
    public void Champion_StillToCome_HasItsSlotKept_AndTrafficOfThePastCounts()
    {
        var scenario = new Scenario(Shadow with { Champion = "9", Challengers = null, MinSamples = 10 });
        var past = Scenario.Start - UnixTime.Hour;
        for (var version = 1; version <= 5; version++) scenario.Record([new Row { Id = $"p{version}", Version = $"{version}", Label = "1", Time = past }]);
        Assert.Equal(["1", "2", "3"], scenario.Monitor.Describe(Scenario.Start).Versions);
        scenario.Record(Enumerable.Range(0, 50).SelectMany(i => new[] { "9", "1" }.Select(version => new Row { Id = $"q{i}", Version = version, Label = "1", Time = past })));
        scenario.Label(Enumerable.Range(0, 50).Select(i => ($"q{i}", "1")));
        var scores = scenario.Monitor.Versions(Day, Scenario.Start);
        Assert.Equal(50, scores.Comparisons.Single(c => c.Version == "1").Evidence!.Samples);
    }

    [Theory]
    [InlineData("""{"challengers":"shadow"}""", "challengers: \"shadow\" needs a champion: the version whose answers count")]
    [InlineData("""{"champion":""}""", "champion: expected a version, got an empty text")]
    [InlineData("""{"champion":"1","challengers":"canary"}""", "challengers: expected \"split\" or \"shadow\"")]
    public void Spec_ThatMakesNoSense_IsRefused(string spec, string error) =>
        Assert.Equal(error, Assert.Single(SpecJson.Parse(System.Text.Encoding.UTF8.GetBytes(spec)).Errors).ToString());

    private static List<(string Id, string Truth, Dictionary<string, string> Answers)> Record(Scenario scenario, int count, int seed, Func<string, double> right, bool shadow)
    {
        var random = new Random(seed);
        var requests = new List<(string Id, string Truth, Dictionary<string, string> Answers)>();
        for (var i = 0; i < count; i++)
        {
            var truth = $"{random.Next(2)}";
            string Answer(string version) => random.NextDouble() < right(version) ? truth : truth == "1" ? "0" : "1";
            string[] versions = shadow ? ["1", "2"] : [random.Next(4) == 0 ? "2" : "1"];
            requests.Add(($"p{i}", truth, versions.ToDictionary(v => v, Answer)));
        }
        scenario.Record(requests.SelectMany(r => r.Answers.Select(a => new Row { Id = r.Id, Version = a.Key, Label = a.Value, Score = 0.7, Latency = 0.01 })));
        return requests;
    }
}
