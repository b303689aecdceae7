using System.Buffers;
using System.Text;
using FleetMonitor.Grains.Series;
using Xunit;

namespace FleetMonitor.Grains.Tests.Series;

public sealed class FeatureSeriesRegistryTests
{
    private const int SeriesOfAFeature = 4;

    [Fact]
    public void WriteTo_WithinTheLimit_WritesEveryFeature()
    {
        var registry = new FeatureSeriesRegistry(limit: 100);
        registry.Publish("a", [Feature(registry, "a", 1), Feature(registry, "b", 2)]);

        Assert.Equal(2 * SeriesOfAFeature, Lines(registry).Length);
        Assert.Equal(0, registry.Dropped);
        Assert.Equal(double.NegativeInfinity, registry.Cutoff);
    }

    [Fact]
    public void WriteTo_BeyondTheLimit_KeepsTheWorstWholeAndCountsTheRest()
    {
        var registry = new FeatureSeriesRegistry(limit: (3 * SeriesOfAFeature) + 1);
        for (var model = 0; model < 10; model++) registry.Publish($"m{model}", [Feature(registry, $"f{model}", model)]);

        var lines = Lines(registry);

        Assert.Equal(["f7", "f8", "f9"], lines.Select(FeatureOf).Distinct().Order());
        Assert.Equal(3 * SeriesOfAFeature, lines.Length);
        Assert.Equal(7 * SeriesOfAFeature, registry.Dropped);
    }

    [Fact]
    public void Cutoff_OnceTheLimitIsReached_SparesTheRestTheirTextAndLetsAWorseFeatureIn()
    {
        var registry = new FeatureSeriesRegistry(limit: 2 * SeriesOfAFeature);
        for (var model = 0; model < 5; model++) registry.Publish($"m{model}", [Feature(registry, $"f{model}", model)]);
        Lines(registry);
        Assert.Null(Feature(registry, "f0", 0).Text);

        // It turns bad: its rank counts at once, its text comes with its next tick.
        registry.Publish("m0", [Feature(registry, "f0", 9)]);

        Assert.Equal(["f0", "f4"], Lines(registry).Select(FeatureOf).Distinct().Order());
        Assert.Equal(3 * SeriesOfAFeature, registry.Dropped);
    }

    [Fact]
    public void Follow_AnotherCutoff_LetsGoOfTextAndTellsWhereOneIsMissing()
    {
        var registry = new FeatureSeriesRegistry(limit: 3 * SeriesOfAFeature);
        registry.Publish("a", [Feature(registry, "bad", 5), Feature(registry, "mild", 1)]);
        var all = Lines(registry);

        Assert.True(registry.Follow("a", 3));
        Assert.Equal(["bad"], Lines(registry).Select(FeatureOf).Distinct());
        Assert.Equal(SeriesOfAFeature, registry.Dropped);
        Assert.False(registry.Follow("a", 1));

        registry.Publish("a", [Feature(registry, "bad", 5), Feature(registry, "mild", 1)]);
        Assert.True(registry.Follow("a", 1));
        Assert.Equal(all, Lines(registry));
    }

    [Fact]
    public void Remove_OfAModel_TakesItsFeaturesAway()
    {
        var registry = new FeatureSeriesRegistry();
        registry.Publish("a", [Feature(registry, "x", 1)]);
        registry.Publish("b", [Feature(registry, "y", 1)]);
        registry.Remove("a");

        Assert.Equal(["y"], Lines(registry).Select(FeatureOf).Distinct());
    }

    private static FeatureSeries Feature(FeatureSeriesRegistry registry, string name, double severity)
    {
        var samples = Enumerable.Range(0, SeriesOfAFeature).Select(i => ($",statistic=\"{i}\"", (double?)severity)).ToArray();
        var families = FeatureFamily.All.Select((family, i) => (family.Name, (IEnumerable<(string, double?)>)(i == 0 ? samples : [])));
        return new FeatureSeries(severity, SeriesOfAFeature, severity >= registry.Cutoff ? ModelSeries.Render($"feature=\"{name}\"", families) : null);
    }

    private static string[] Lines(FeatureSeriesRegistry registry)
    {
        var writer = new ArrayBufferWriter<byte>();
        registry.WriteTo(writer);
        return [.. Encoding.UTF8.GetString(writer.WrittenSpan).Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
    }

    private static string FeatureOf(string line) => line.Split('"')[1];
}
