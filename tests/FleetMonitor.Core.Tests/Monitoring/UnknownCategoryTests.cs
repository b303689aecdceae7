using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

/// <summary>Categories that the reference has no bin for, in the feature's detail.</summary>
public sealed class UnknownCategoryTests
{
    [Fact]
    public void Detail_OfManyUnseenCategories_TellsHowManyAndTheMostFrequent()
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Range(0, 1_000).Select(i => Scenario.Category($"c{i % 5}")));
        Assert.Null(Detail(scenario).Unknown);
        // 100 of one, 900 that come once each, among known ones.
        scenario.Record(Enumerable.Range(0, 2_000).Select(i => Scenario.Category(i % 2 == 0 ? $"c{i % 5}" : i % 20 == 1 ? "many" : $"new-{i}")));
        var unknown = Detail(scenario).Unknown!;
        Assert.Equal(1_000, unknown.Values);
        Assert.InRange(unknown.Distinct, 901 * 0.93, 901 * 1.07);
        Assert.Equal(0.023, unknown.DistinctStandardError, 0.001);
        Assert.Equal("many", unknown.Top[0].Category);
        Assert.InRange(100, unknown.Top[0].AtLeast, unknown.Top[0].AtMost);
        Assert.InRange(unknown.Top.Count, 1, 32);
    }

    [Fact]
    public void Detail_OfAReferenceWithMoreCategoriesThanBins_TellsThoseOfTheRest()
    {
        var scenario = new Scenario();
        scenario.Reference(Enumerable.Range(0, 3_000).Select(i => Scenario.Category(i < 2_000 ? $"c{i % 1_000}" : $"rare-{i}")));
        scenario.Record(Enumerable.Range(0, 300).Select(i => Scenario.Category(i % 3 == 0 ? "rare-2500" : "c7")));
        var unknown = Detail(scenario).Unknown!;
        Assert.Equal((100, 1, new UnknownCategory("rare-2500", 100, 100)), (unknown.Values, unknown.Distinct, unknown.Top[0]));
    }

    [Fact]
    public void Unknown_AcrossAReloadAndBatches_IsTheSameToTheByte()
    {
        Scenario whole = new(), split = new();
        Row[] reference = [.. Enumerable.Range(0, 500).Select(i => Scenario.Category($"c{i % 5}"))];
        Row[] rows = [.. Enumerable.Range(0, 900).Select(i => Scenario.Category($"new-{i * 31 % 400}{new string('x', i % 150)}"))];
        whole.Reference(reference);
        whole.Record(rows);
        split.Reference(reference);
        foreach (var chunk in rows.Chunk(37))
        {
            split.Record(chunk);
            split.Reload();
        }
        Assert.Equal(whole.Monitor.Save(), split.Monitor.Save());
        Assert.All(Detail(whole).Unknown!.Top, c => Assert.InRange(c.Category.Length, 1, 100));
    }

    [Fact]
    public void Load_OfAFormat1Checkpoint_StartsWhatItDidNotHaveEmpty()
    {
        var scenario = new Scenario(new ModelSpec { Task = TaskKind.Binary, Detectors = [] });
        scenario.Record([new Row { Score = 0.4 }]);
        var bytes = scenario.Monitor.Save();
        Assert.Equal(3, bytes[0]);
        // What format 1 had is a beginning of it, and the only one that loads.
        var loaded = Assert.Single(Enumerable.Range(1, bytes.Length).Select(length => LoadedOrNot([1, .. bytes[1..length]])), monitor => monitor is not null)!;
        Assert.Equal(1, loaded.Describe(Scenario.Start).Counters.Predictions);
        Assert.Empty(loaded.Changes);
        loaded.Apply(scenario.Log[^1]);
        Assert.Equal(2, ModelMonitor.Load(loaded.Save()).Describe(Scenario.Start).Counters.Predictions);
        Assert.Throws<CodecException>(() => ModelMonitor.Load([4, .. bytes[1..]]));
    }

    private static ModelMonitor? LoadedOrNot(byte[] bytes)
    {
        try
        {
            return ModelMonitor.Load(bytes);
        }
        catch (CodecException)
        {
            return null;
        }
    }

    private static FeatureDetail Detail(Scenario scenario) => scenario.Monitor.Feature("c", TimeSpan.FromHours(1), Scenario.Start)!;
}
