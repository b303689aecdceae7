using System.Text;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Specs;

public sealed class SpecChangesTests
{
    private static readonly ModelSpec Old = Parse("""{"task":"binary","positive":"1","features":[{"name":"x","kind":"numeric"},{"name":"c","kind":"categorical"}]}""");

    /// <summary>The rule, change by change: what begins anew, or nothing.</summary>
    [Theory]
    [InlineData("team", """{"team":"risk"}""", "")]
    [InlineData("family", """{"family":"credit"}""", "")]
    [InlineData("tier", """{"tier":"1"}""", "")]
    [InlineData("version", """{"version":"4"}""", "")]
    [InlineData("champion", """{"champion":"4"}""", "")]
    [InlineData("windows", """{"windows":["1h","24h"]}""", "")]
    [InlineData("headline_window", """{"headline_window":"24h"}""", "")]
    [InlineData("min_samples", """{"min_samples":500}""", "")]
    [InlineData("label_delay", """{"label_delay":"1h"}""", "")]
    [InlineData("label_horizon", """{"label_horizon":"1d"}""", "")]
    [InlineData("label_capacity", """{"label_capacity":1000}""", "")]
    [InlineData("thresholds.accuracy", """{"thresholds":{"accuracy":0.9}}""", "")]
    [InlineData("thresholds.confidence", """{"thresholds":{"confidence":0.9}}""", "")]
    [InlineData("thresholds.low_confidence", """{"thresholds":{"low_confidence":0.5}}""", "")]
    [InlineData("thresholds.latency_seconds", """{"thresholds":{"latency_seconds":2}}""", "")]
    [InlineData("thresholds.drift.ks", """{"thresholds":{"drift":{"ks":0.2}}}""", "")]
    [InlineData("multivariate", """{"multivariate":true}""", "")]
    [InlineData("payload.label", """{"payload":{"label":"y"}}""", "")]
    [InlineData("reference.capture", """{"reference":{"capture":1000}}""", "")]
    [InlineData("reference.capture", """{"reference":{"capture":0}}""", "Capture")]
    [InlineData("thresholds.drift.tolerance", """{"thresholds":{"drift":{"tolerance":0.1}}}""", "Evidence")]
    [InlineData("segments", """{"segments":["region"]}""", "Segments")]
    [InlineData("detectors", """{"detectors":[{"on":"error","detector":"ddm"}]}""", "Detectors")]
    [InlineData("positive", """{"positive":"0"}""", "Performance Detectors Versions")]
    [InlineData("features", """{"features":[{"name":"x","kind":"numeric","min":0},{"name":"c","kind":"categorical"}]}""", "")]
    [InlineData("features", """{"features":[{"name":"c","kind":"categorical"},{"name":"x","kind":"numeric"}]}""", "Reference Evidence")]
    [InlineData("features", """{"features":[{"name":"x","kind":"numeric"}]}""", "Reference Evidence")]
    [InlineData("features", """{"features":[{"name":"x","kind":"categorical"},{"name":"c","kind":"categorical"}]}""", "Reference Evidence")]
    public void Change_OfAMember_RestartsWhatItWouldMakeMeanSomethingElse(string field, string json, string restarted)
    {
        var given = Parse(json);
        var spec = given with { Task = Old.Task, Positive = given.Positive ?? Old.Positive, Features = given.Features ?? Old.Features };
        var change = Assert.Single(SpecChanges.Between(Old, spec, capturing: true));
        Assert.Equal((field, restarted), (change.Field, string.Join(' ', change.Restarted)));
        Assert.Equal(restarted.Length == 0, change.Why is null);
    }

    [Fact]
    public void Change_OfTheTask_RestartsAllThatLabelsAndReferencesSay()
    {
        var changes = SpecChanges.Between(Old with { Segments = ["region"] }, Old with { Segments = ["region"], Task = TaskKind.Multiclass, Positive = null }, capturing: false);
        Assert.Equal([Restart.Reference, Restart.Evidence, Restart.Performance, Restart.Detectors, Restart.Versions, Restart.Segments], changes.Single(c => c.Field == "task").Restarted);
    }

    [Fact]
    public void Change_OfWhatWasOpen_RestartsNothing()
    {
        var changes = SpecChanges.Between(new ModelSpec(), Old with { Challengers = ChallengerTraffic.Split }, capturing: false);
        Assert.Equal(["challengers", "features", "positive", "task"], changes.Select(c => c.Field));
        Assert.All(changes, change => Assert.Empty(change.Restarted));
        Assert.Empty(SpecChanges.Between(Old, Old with { }, capturing: true));
    }

    [Fact]
    public void Missing_OfASpecThatLeavesThingsOpen_IsOnlyWhatItAsksFor()
    {
        Assert.Empty(SpecDifference.Missing(Old, Parse("{}")));
        Assert.Equal([new SpecDifference("team", "\"\"", "\"risk\""), new SpecDifference("thresholds.accuracy", "0.85", "0.9")], SpecDifference.Missing(Old, Parse("""{"team":"risk","thresholds":{"accuracy":0.9}}""")));
        Assert.Equal(["positive", "task"], SpecDifference.Missing(Old, Parse("""{"task":"multiclass"}""")).Select(d => d.Field));
    }

    private static ModelSpec Parse(string json) => SpecJson.Parse(Encoding.UTF8.GetBytes(json)).Spec!;
}
