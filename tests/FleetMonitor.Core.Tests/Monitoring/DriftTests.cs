using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class DriftTests
{
    [Theory]
    [InlineData(0.0, 1.0, 1)]
    [InlineData(0.3, 1.0, 2)]
    [InlineData(0.0, 1.6, 3)]
    [InlineData(-2.5, 0.4, 4)]
    public void Score_OfANumericFeature_AgreesWithTheExactStatistics(double mean, double std, int seed)
    {
        double[] reference = [.. Scenario.Normal(8_000, 100)], window = [.. Scenario.Normal(3_000, seed, mean, std)];
        var scenario = new Scenario();
        scenario.Reference(reference.Select(x => Scenario.Numeric(x)));
        scenario.Record(window.Select(x => Scenario.Numeric(x)));
        var score = scenario.Score().Columns.Single(c => c.Name == "x");

        Array.Sort(reference);
        Array.Sort(window);
        var edges = Quantiles.DecileEdges(reference);
        long[] referenceCounts = new long[edges.Length + 1], windowCounts = new long[edges.Length + 1];
        Histogram.Count(reference, edges, referenceCounts);
        Histogram.Count(window, edges, windowCounts);
        Assert.Equal(HistogramDistance.PopulationStabilityIndex(referenceCounts, windowCounts)!.Value, score.Psi!.Value, 12);
        Assert.Equal(HistogramDistance.JensenShannonDistance(referenceCounts, windowCounts)!.Value, score.Js!.Value, 12);
        Assert.Equal(HistogramDistance.Hellinger(referenceCounts, windowCounts)!.Value, score.Hellinger!.Value, 12);

        var ks = KolmogorovSmirnov.Statistic(reference, window);
        Assert.InRange(score.Ks!.Value, ks - (1.0 / 40) - 1e-9, ks + 1e-12);
        Assert.True(score.KsP >= KolmogorovSmirnov.PValueLimit(ks, reference.Length, window.Length) * (1 - 1e-9), "A lower bound of KS has an upper bound as p-value.");
        var wasserstein = Wasserstein.Distance(reference, window) / Moments.PopulationStandardDeviation(reference)!.Value;
        Assert.True(Math.Abs(score.Wasserstein!.Value - wasserstein) <= Math.Max(0.05 * wasserstein, 0.01), $"{score.Wasserstein} for {wasserstein}");
        Assert.Equal(Moments.Mean(window)!.Value, score.Mean!.Value, 9);
        Assert.Equal(Moments.PopulationStandardDeviation(window)!.Value, score.Std!.Value, 9);
        Assert.Equal(ks > 0.1 || score.Psi > 0.2, score.Drifted);
    }

    [Fact]
    public void Score_OfFewDistinctValues_IsExact()
    {
        var random = new Random(5);
        double[] reference = [.. Enumerable.Range(0, 5_000).Select(_ => (double)random.Next(17))], window = [.. Enumerable.Range(0, 2_000).Select(_ => Math.Floor(17 * Math.Sqrt(random.NextDouble())))];
        var scenario = new Scenario();
        scenario.Reference(reference.Select(x => Scenario.Numeric(x)));
        scenario.Record(window.Select(x => Scenario.Numeric(x)));
        var score = scenario.Score().Columns.Single(c => c.Name == "x");
        Array.Sort(reference);
        Array.Sort(window);
        Assert.Equal(KolmogorovSmirnov.Statistic(reference, window), score.Ks!.Value, 12);
        Assert.Equal(Wasserstein.Distance(reference, window) / Moments.PopulationStandardDeviation(reference)!.Value, score.Wasserstein!.Value, 9);
    }

    [Fact]
    public void Score_OfTheReferenceItself_StaysQuietOverManyWindows()
    {
        var alarms = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            var scenario = new Scenario(new ModelSpec { Reference = new ReferenceSpec { Capture = 2_000 } });
            scenario.Record(Scenario.Normal(2_600, seed).Select(x => Scenario.Numeric(x)));
            Assert.Equal(600, scenario.Score().Columns.Single(c => c.Name == "x").Count);
            if (scenario.Score().Verdict == Verdict.Drifted) alarms++;
        }
        Assert.Equal(0, alarms);
    }

    [Theory]
    [InlineData(6.9)]
    [InlineData(7.1)]
    public void Score_OfAConstantReferenceThatMoves_ReportsDrift(double to)
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Repeat(Scenario.Numeric(7), 1_000));
        scenario.Record(Enumerable.Repeat(Scenario.Numeric(to), 500));
        var score = scenario.Score().Columns.Single(c => c.Name == "x");
        Assert.Equal(Verdict.Drifted, score.Verdict);
        Assert.Equal(1, score.Ks);
        Assert.Null(score.Wasserstein);
        Assert.Equal("drift: x (ks 1.00 > 0.10)", scenario.Score().Alerts[0].ToString());
    }

    [Fact]
    public void Score_OfAConstantReferenceThatStays_IsQuiet()
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Repeat(Scenario.Numeric(7), 1_000));
        scenario.Record(Enumerable.Repeat(Scenario.Numeric(7), 500));
        var score = scenario.Score().Columns.Single(c => c.Name == "x");
        Assert.Equal(Verdict.Quiet, score.Verdict);
        Assert.Equal(0, score.Ks);
        Assert.Equal(1, score.KsP);
        Assert.Equal(0, score.Psi);
    }

    [Fact]
    public void Score_OfANewCategory_IsUnseenAndDriftsByItsSizeOnly()
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Range(0, 5_000).Select(i => Scenario.Category(i % 2 == 0 ? "a" : "b")));
        scenario.Record(Enumerable.Range(0, 5_000).Select(i => Scenario.Category(i == 0 ? "new" : i % 2 == 0 ? "a" : "b")));
        var one = scenario.Score().Columns.Single(c => c.Name == "c");
        Assert.Equal(Verdict.Quiet, one.Verdict);
        Assert.Equal(1.0 / 5_000, one.Unseen!.Value, 12);
        Assert.True(one.Chi2P > 0.01);
        Assert.Equal(["new"], one.UnseenCategories);

        scenario.Record(Enumerable.Repeat(Scenario.Category("new"), 5_000));
        var many = scenario.Score().Columns.Single(c => c.Name == "c");
        Assert.Equal(Verdict.Drifted, many.Verdict);
        Assert.Equal(5_001.0 / 10_000, many.Unseen!.Value, 12);
    }

    /// <summary>A file that pandas wrote, against the same from JSON.</summary>
    [Theory]
    [InlineData("True", "true")]
    [InlineData("1.0", "1")]
    [InlineData("true", "FALSE")]
    public void Score_OfACategoryInAnotherSpelling_IsNoNewOne(string reference, string window)
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Range(0, 1_000).Select(i => Scenario.Category(i % 4 > 0 ? reference : i % 8 > 0 ? "False" : "2")));
        scenario.Reload();
        scenario.Record(Enumerable.Range(0, 1_000).Select(i => Scenario.Category(i % 4 > 0 ? window : i % 8 > 0 ? "false" : "2.0")));
        var score = scenario.Score().Columns.Single(c => c.Name == "c");
        Assert.Equal(0, score.Unseen);
        Assert.Equal(window == "FALSE", score.Drifted);
    }

    [Fact]
    public void Score_OfCategoriesThatAreCodesWithZeros_TellsThemApart()
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Range(0, 1_000).Select(_ => Scenario.Category("007")));
        scenario.Record(Enumerable.Range(0, 1_000).Select(_ => Scenario.Category("7")));
        Assert.Equal(1, scenario.Score().Columns.Single(c => c.Name == "c").Unseen);
    }

    [Fact]
    public void Score_OfAMillionNewCategories_KeepsItsBoundsAndDrifts()
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Range(0, 2_000).Select(i => Scenario.Category($"k{i % 3}")));
        for (var batch = 0; batch < 10; batch++) scenario.Record(Enumerable.Range(0, 100_000).Select(i => Scenario.Category($"new-{batch}-{i}")));
        var score = scenario.Score().Columns.Single(c => c.Name == "c");
        Assert.Equal(Verdict.Drifted, score.Verdict);
        Assert.Equal(1, score.Unseen);
        Assert.InRange(score.UnseenCategories.Count, 1, 64);
        Assert.True(scenario.Monitor.Save().Length < 100_000, "Names of new categories are bounded.");
    }

    [Fact]
    public void Score_WhenAReferenceHasTooManyCategories_DoesNotClaimToKnowWhatIsNew()
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Range(0, 6_000).Select(i => Scenario.Category($"k{i % 3_000}")));
        scenario.Record(Enumerable.Range(0, 6_000).Select(i => Scenario.Category($"k{i % 3_000}")));
        var score = scenario.Score().Columns.Single(c => c.Name == "c");
        Assert.Null(score.Unseen);
        Assert.Equal(Verdict.Quiet, score.Verdict);
    }

    [Fact]
    public void Score_WhenAFeatureGoesMissing_SaysSoAndScoresWhatIsLeft()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(4_000, 1).Select(x => Scenario.Numeric(x)));
        scenario.Record(Scenario.Normal(1_000, 2).Select((x, i) => i % 2 == 0 ? Scenario.Numeric(x) : new Row { Features = [("x", null)] }));
        var score = scenario.Score();
        Assert.Equal(0.5, score.Columns[0].Missing);
        Assert.True(score.Columns[0].MissingChanged);
        Assert.Equal(Verdict.Quiet, score.Columns[0].Verdict);
        Assert.Equal("missing: x (share 0.50, reference 0.00)", Assert.Single(score.Alerts, a => a.Kind == "missing").ToString());
    }

    [Fact]
    public void Score_OfAnAllMissingFeature_HasNoStatisticButAnAlert()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(4_000, 1).Select(x => Scenario.Numeric(x)));
        scenario.Record(Enumerable.Repeat(new Row(), 500));
        var column = scenario.Score().Columns.Single(c => c.Name == "x");
        Assert.Equal(Verdict.TooFewSamples, column.Verdict);
        Assert.Null(column.Ks);
        Assert.Null(column.Mean);
        Assert.Equal(1, column.Missing);
        Assert.Contains(scenario.Score().Alerts, a => a is { Kind: "missing", Subject: "x" });
    }

    [Fact]
    public void Score_OfInfiniteValues_CountsThemOutOfRangeAndInTheTailsOnly()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(4_000, 1).Select(x => Scenario.Numeric(x)));
        scenario.Record(Scenario.Normal(1_000, 2).Select((x, i) => Scenario.Numeric(i % 4 == 0 ? double.PositiveInfinity : i % 4 == 1 ? double.NegativeInfinity : x)));
        var column = scenario.Score().Columns.Single(c => c.Name == "x");
        Assert.Equal(0.5, column.OutOfRange);
        Assert.Equal(Verdict.Drifted, column.Verdict);
        Assert.InRange(column.Mean!.Value, -0.2, 0.2);
        Assert.InRange(column.Wasserstein!.Value, 0, 0.2);
    }

    [Fact]
    public void Score_OfTheLargestDoubles_HasNoNumberThatIsNone()
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Range(0, 1_000).Select(i => Scenario.Numeric(i % 2 == 0 ? double.MaxValue : -double.MaxValue)));
        scenario.Record(Enumerable.Range(0, 1_000).Select(i => Scenario.Numeric(i % 3 == 0 ? double.MaxValue : double.Epsilon)));
        var json = System.Text.Json.JsonSerializer.Serialize(scenario.Score(), ScoreJson.Options);
        Assert.DoesNotContain("NaN", json, StringComparison.Ordinal);
        Assert.Equal(Verdict.Drifted, scenario.Score().Columns.Single(c => c.Name == "x").Verdict);
    }

    [Fact]
    public void Attribution_OfABinWiderThanADouble_IsANumber()
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Range(0, 999).Select(i => Scenario.Numeric(i % 2 == 0 ? double.MaxValue : -double.MaxValue)));
        scenario.Record(Enumerable.Range(0, 1_000).Select(i => Scenario.Numeric(i % 3 == 0 ? double.MaxValue : double.Epsilon)));
        Assert.DoesNotContain("Infinity", System.Text.Json.JsonSerializer.Serialize(scenario.Score(), ScoreJson.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void Score_WithoutAnyFeature_CountsNoneOfThem()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(4_000, 1).Select(x => Scenario.Numeric(x)));
        scenario.Record(Enumerable.Repeat(new Row(), 1_000));
        Assert.Equal((Verdict.TooFewSamples, "too few samples: 0 of 100"), (scenario.Score().Verdict, scenario.Score().Note));
    }

    /// <summary>A batch has as many probabilities as its rows name between them; how many a model has does not depend on that.</summary>
    [Theory]
    [InlineData(32, 32)]
    [InlineData(40, 0)]
    public void Probabilities_OfManyClasses_AreColumnsWhateverTheBatches(int classes, int columns)
    {
        Row RowOf(int i)
        {
            // Later rows name 40 classes, whatever the reference has.
            var known = i < 500 ? classes : 40;
            return new()
            {
                Label = $"c{i % known}",
                Probabilities = [($"c{i % known}", 0.5), ($"c{(i + 1) % known}", 0.3), ($"c{(i + 2) % known}", 0.2)],
                Features = [("x", (double)(i % 7))],
            };
        }
        Row[] rows = [.. Enumerable.Range(0, 1_500).Select(RowOf)];
        var spec = new ModelSpec { Task = TaskKind.Multiclass, Reference = new ReferenceSpec { Capture = 500 } };
        Scenario single = new(spec), whole = new(spec);
        foreach (var row in rows) single.Record([row]);
        whole.Record(rows[..500]);
        whole.Record(rows[500..]);
        Assert.Equal(columns, single.Score().Columns.Count(c => c.Role == ColumnRole.Score));
        foreach (var (one, other) in single.Score().Columns.OrderBy(c => c.Name).Zip(whole.Score().Columns.OrderBy(c => c.Name)))
        {
            Assert.Equal((one.Name, one.Count, one.Missing, one.Psi, one.MissingChanged), (other.Name, other.Count, other.Missing, other.Psi, other.MissingChanged));
        }
    }

    [Fact]
    public void Score_OfTooFewSamples_SaysSoInsteadOfScoring()
    {
        var scenario = new Scenario();
        scenario.Reference(Scenario.Normal(4_000, 1).Select(x => Scenario.Numeric(x)));
        scenario.Record(Scenario.Normal(99, 2, mean: 9).Select(x => Scenario.Numeric(x)));
        var score = scenario.Score();
        Assert.Equal(Verdict.TooFewSamples, score.Verdict);
        Assert.Equal("too few samples: 99 of 100", score.Note);
        Assert.Null(score.Columns[0].Ks);
        Assert.Empty(score.Alerts);
    }

    [Fact]
    public void Capture_TakesTheFirstPredictionsAndComparesTheRest()
    {
        var scenario = new Scenario(new ModelSpec { Reference = new ReferenceSpec { Capture = 1_000 } });
        scenario.Record(Scenario.Normal(600, 1).Select(x => Scenario.Numeric(x)));
        Assert.Equal("the reference is being captured: 600 of 1000 predictions", scenario.Score().Note);
        scenario.Reload();
        scenario.Record(Scenario.Normal(700, 2).Select(x => Scenario.Numeric(x)));
        Assert.Equal(1_000, scenario.Monitor.Reference!.Rows);
        Assert.Equal(ReferenceSource.Captured, scenario.Monitor.Reference.Source);
        Assert.Equal(300, scenario.Score().Columns.Single(c => c.Name == "x").Count);
    }

    [Fact]
    public void Bins_OfTheReference_AreSixtyFourAtMostAndDecilesAmongThem()
    {
        var reference = NumericReference.Build("x", ColumnRole.Feature, [.. Scenario.Normal(10_000, 3)]);
        Assert.InRange(reference.Edges.Length, 40, NumericReference.MaxEdges);
        foreach (var decile in reference.DecileEdges) Assert.True(reference.Edges.Contains(decile), $"{decile} is no edge.");
        Assert.Equal(10_000, reference.Counts.ToArray().Sum());
        Assert.Equal(0, reference.Counts[0]);
        Assert.Equal(0, reference.Counts[^1]);
    }

    [Fact]
    public void Alert_ScoreJustBeyondItsThreshold_ShowsEnoughDigitsToTellThemApart()
    {
        var scenario = new Scenario(new ModelSpec { Thresholds = new Thresholds { Confidence = 0.7 } });
        scenario.Record(Enumerable.Range(0, 200).Select(_ => new Row { Score = 0.6999 }));
        Assert.Equal("confidence: 0.6999 < 0.7000", Assert.Single(scenario.Score().Alerts).ToString());
    }
}
