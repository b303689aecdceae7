using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Tests.Monitoring;
using Xunit;

namespace FleetMonitor.Core.Tests.Multivariate;

/// <summary>Multivariate drift in the monitor: a change of how features move together that none of them shows alone.</summary>
public sealed class MultivariateDriftTests
{
    private static readonly ModelSpec Spec = new() { Multivariate = true, Reference = new ReferenceSpec { Capture = 2_000 } };

    [Fact]
    public void Features_ThatNoLongerMoveTogether_DriftAsAWholeOnly()
    {
        var scenario = new Scenario(Spec);
        scenario.Record(Rows(2_000, 1, together: true));
        scenario.Record(Rows(1_000, 2, together: true), Scenario.Start + (2 * UnixTime.Hour));
        Assert.False(Score(scenario, 2).Multivariate!.Drifted);
        scenario.Record(Rows(1_000, 3, together: false), Scenario.Start + (4 * UnixTime.Hour));
        var score = Score(scenario, 4);
        Assert.Equal((Verdict.Quiet, true), (score.Verdict, score.Multivariate!.Drifted));
        Assert.True(score.Multivariate.Error > score.Multivariate.Upper);
        Assert.StartsWith("multivariate: reconstruction error ", Assert.Single(score.Alerts, a => a.Kind == "multivariate").ToString(), StringComparison.Ordinal);
    }

    /// <summary>But for a row's own part in how frequent its category is, where that shows: beside categories that are about as frequent.</summary>
    [Theory]
    [InlineData(false, 1e-6)]
    [InlineData(true, 1e-4)]
    public void Error_OfTheReferencesOwnRows_IsTheReferences(bool even, double tolerance)
    {
        var scenario = new Scenario(Spec);
        Row[] rows = [.. Rows(2_000, 4, together: true)];
        if (!even) rows = [.. rows.Select((row, i) => row with { Features = [.. row.Features.Where(f => f.Name != "c"), ("c", i % 10 < 7 ? "often" : "seldom")] })];
        scenario.Reference(rows);
        scenario.Record(rows);
        var multivariate = scenario.Score().Multivariate!;
        Assert.Equal(2_000, multivariate.Count);
        Assert.Equal(multivariate.Reference, multivariate.Error!.Value, tolerance);
    }

    /// <summary>Identifiers, of which every row has another, categories that come a few times each, and such as come in turn.</summary>
    [Fact]
    public void Error_OfManyAndOfEvenCategories_StaysWithinItsLimits()
    {
        var random = new Random(21);
        var id = 0;
        Row[] Rows(int count, int seed) =>
        [
            .. Scenario.Normal(count, seed).Zip(Scenario.Normal(count, seed + 1_000), (x, y) => new Row
            {
                Features = [("x", x), ("y", y), ("id", $"id-{id++}"), ("some", $"s{random.Next(800)}"), ("turn", $"t{id % 4}")],
            }),
        ];
        var scenario = new Scenario(Spec);
        scenario.Reference(Rows(3_002, 1));
        for (var hour = 1; hour <= 30; hour++)
        {
            scenario.Record(Rows(400, 1 + hour), Scenario.Start + (hour * UnixTime.Hour));
            Assert.False(Score(scenario, hour).Multivariate!.Drifted);
        }
    }

    /// <summary>Beside a constant column a Unix time is as far out as anything can be; a sum of such errors must stay one.</summary>
    [Theory]
    [InlineData(1.7e9)]
    [InlineData(1e300)]
    public void Error_OfRowsBeyondAllSense_IsTheLargestThatCounts(double x)
    {
        var scenario = new Scenario(Spec);
        scenario.Reference(Rows(2_000, 1, together: true).Select(row => row with { Features = [.. row.Features, ("zero", 0.0)] }));
        scenario.Record(Rows(1_000, 2, together: true).Select(row => row with { Features = [.. row.Features, ("zero", x)] }));
        Assert.Equal((1_000, true), (scenario.Score().Multivariate!.Error, scenario.Score().Multivariate!.Drifted));
    }

    [Fact]
    public void Error_InTheMiddleOfAStream_SurvivesAReload()
    {
        Scenario straight = new(Spec), interrupted = new(Spec);
        for (var part = 0; part < 8; part++)
        {
            Row[] rows = [.. Rows(450, 10 + part, together: part < 6)];
            straight.Record(rows, Scenario.Start + (part * UnixTime.Minute));
            interrupted.Record(rows, Scenario.Start + (part * UnixTime.Minute));
            interrupted.Reload();
        }
        Assert.Equal(straight.Monitor.Save(), interrupted.Monitor.Save());
        Assert.NotNull(straight.Score().Multivariate!.Error);
    }

    [Fact]
    public void Error_OfBatchesSplitAnyWay_IsTheSame()
    {
        Scenario whole = new(Spec), split = new(Spec);
        Row[] reference = [.. Rows(500, 5, together: true)], rows = [.. Rows(777, 6, together: false)];
        foreach (var scenario in (Scenario[])[whole, split]) scenario.Reference(reference);
        whole.Record(rows);
        foreach (var chunk in rows.Chunk(31)) split.Record(chunk);
        Assert.Equal(whole.Score().Multivariate, split.Score().Multivariate);
    }

    /// <summary>Two components hold two free columns whole: all that is left of an error is rounding, which is no drift.</summary>
    [Fact]
    public void ConstantColumn_BesideComponentsThatHoldTheRest_DriftsWhenItMovesAndNotBefore()
    {
        static IEnumerable<Row> Rows(int seed, double constant) => Scenario.Normal(2_000, seed).Zip(Scenario.Normal(2_000, seed + 100), (x, y) => new Row { Features = [("x", x), ("y", y), ("constant", constant)] });
        var scenario = new Scenario(Spec);
        scenario.Record(Rows(8, 5));
        scenario.Record(Rows(9, 5), Scenario.Start + (2 * UnixTime.Hour));
        Assert.Equal((Verdict.Quiet, false), (Score(scenario, 2).Verdict, Score(scenario, 2).Multivariate!.Drifted));
        scenario.Record(Rows(10, 5.5), Scenario.Start + (4 * UnixTime.Hour));
        Assert.Equal((Verdict.Drifted, true), (Score(scenario, 4).Verdict, Score(scenario, 4).Multivariate!.Drifted));
    }

    [Fact]
    public void Model_ThatDoesNotAskForIt_HasNone()
    {
        var scenario = new Scenario(Spec with { Multivariate = false });
        scenario.Record(Rows(2_500, 7, together: true));
        Assert.Null(scenario.Score().Multivariate);
    }

    /// <summary>Two numbers that are nearly one, or as many of the same distribution that are two; a third, a category, and some values missing.</summary>
    private static IEnumerable<Row> Rows(int count, int seed, bool together)
    {
        double[] x = [.. Scenario.Normal(count, seed)], y = [.. Scenario.Normal(count, seed + 100)], noise = [.. Scenario.Normal(count, seed + 200)];
        for (var i = 0; i < count; i++)
        {
            yield return new Row
            {
                Features =
                [
                    ("x", x[i]), ("y", together ? (0.98 * x[i]) + (0.2 * noise[i]) : (0.98 * y[i]) + (0.2 * noise[i])),
                    ("z", i % 50 == 0 ? null : y[i] + noise[i]), ("c", i % 70 == 0 ? null : $"c{i * 7 % 11 % 3}"),
                ],
            };
        }
    }

    private static WindowScore Score(Scenario scenario, int hour) => scenario.Score(now: Scenario.Start + (hour * UnixTime.Hour));
}
