using System.Buffers;
using System.Text;
using FleetMonitor.Core;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Testing;
using Xunit;

namespace FleetMonitor.Grains.Tests;

public sealed class FleetEvidenceTests
{
    private const long Hour = UnixTime.Hour;

    [Fact]
    public async Task Report_OfSeveralSilos_IsJudgedAsOneFleet()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        var fleet = silo.Evidence;
        // Alone, 1,000 of 40 hypotheses is enough: 40 / 0.05 = 800.
        Assert.Equal(800, (await fleet.Report(Of("a", 40, [1_000, 25]))).Threshold, 9);
        // 60 more hypotheses without any evidence: now it takes 2,000, or two of 1,000.
        Assert.Equal(double.PositiveInfinity, (await fleet.Report(Of("b", 60, []))).Threshold);
        Assert.Equal(1_000, (await fleet.Report(Of("b", 60, [1_500]))).Threshold, 9);
        // A silo's report takes the place of its last.
        var last = await fleet.Report(Of("a", 40, []));
        Assert.Equal((double.PositiveInfinity, 100), (last.Threshold, last.Hypotheses));
    }

    [Fact]
    public async Task Report_OfASiloThatIsGone_IsDroppedByItsAge()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path, evidence: o => o.Period = TimeSpan.FromSeconds(1));
        await silo.Evidence.Report(Of("gone", 500, []));
        Assert.Equal(510, (await silo.Evidence.Report(Of("stays", 10, []))).Hypotheses);
        await Until(async () => (await silo.Evidence.Report(Of("stays", 10, []))).Hypotheses == 10);
    }

    [Fact]
    public async Task Groups_AreModelsThatDriftOnOneFeatureInTheSameHours()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        await silo.Evidence.Report(Of("a", 0, [], ("amount", 100 * Hour), ("amount", 102 * Hour), ("country", 100 * Hour), ("age", 100 * Hour)));
        var verdict = await silo.Evidence.Report(Of("b", 0, [], ("amount", 103 * Hour), ("amount", 120 * Hour), ("country", 101 * Hour), ("age", 104 * Hour), ("age", 108 * Hour)));
        var group = Assert.Single(verdict.Groups);
        Assert.Equal(new DriftGroup("amount", 100 * Hour, 103 * Hour, 3), group);
        Assert.Equal("feature:amount", group.Name);
        Assert.True(group.Has("amount", 102 * Hour));
        Assert.False(group.Has("amount", 120 * Hour));
        Assert.False(group.Has("country", 102 * Hour));
    }

    [Fact]
    public async Task Models_ThatDriftTogether_ShowTheirGroupAndOthersDoNot()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path, o => o.Tick = TimeSpan.FromSeconds(1), o => o.Period = TimeSpan.FromSeconds(1));
        foreach (var (model, shift) in new[] { ("one", 3.0), ("two", 3.0), ("three", 3.0), ("quiet", 0.0) })
        {
            await silo.Model(model).Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(new ModelSpec { Reference = new ReferenceSpec { Capture = 500 } })));
            await silo.Model(model).Apply(Batch(500, 1, 0));
            await silo.Model(model).Apply(Batch(400, 2, shift));
        }
        await Until(() => Task.FromResult(Series(silo).Count(l => l.StartsWith("model_drift_group_info{", StringComparison.Ordinal)) == 3));
        var lines = Series(silo);
        Assert.Contains("model_drift_group_info{model=\"two\",version=\"1\",group=\"feature:amount\"} 1", lines);
        Assert.Contains("model_drift_discovered{model=\"two\",version=\"1\"} 0", lines);
        Assert.Contains("model_drift_evidence{model=\"quiet\",version=\"1\"} 0", lines);
        var scores = await silo.Model("two").Score(null);
        Assert.Equal(["feature:amount"], scores.Groups);
        Assert.Equal("amount", scores.Windows[1].Attribution[0].Feature);
        Assert.False(Assert.Single(scores.Evidence).Discovered);
        Assert.Empty((await silo.Model("quiet").Score(null)).Groups);
    }

    private static SiloEvidence Of(string silo, long hypotheses, double[] eValues, params (string Feature, long Since)[] onsets) =>
        new(silo, hypotheses, [.. eValues], [.. onsets.Select(o => new FeatureOnset(o.Feature, o.Since))]);

    private static ModelCommand Batch(int rows, int seed, double shift)
    {
        var random = new Random(seed);
        var builder = new PredictionBatchBuilder();
        for (var row = 0; row < rows; row++)
        {
            builder.BeginRow();
            builder.SetPrediction("1");
            builder.SetFeature("amount", random.NextDouble() + shift);
            builder.EndRow();
        }
        return new ModelCommand(LogEntryKind.Predictions, null, 0, builder.Build().Buffer);
    }

    private static string[] Series(Silo silo)
    {
        var page = new ArrayBufferWriter<byte>();
        silo.Series.WriteTo(page);
        return Encoding.UTF8.GetString(page.WrittenSpan).Split('\n');
    }

    private static Task Until(Func<Task<bool>> holds) => Wait.UntilAsync(holds, TimeSpan.FromMinutes(1), () => "the fleet's verdict");
}
