using System.Buffers;
using System.Text;
using FleetMonitor.Grains.Series;
using Xunit;

namespace FleetMonitor.Grains.Tests.Series;

public sealed class ModelSeriesRegistryTests
{
    private const int Models = 50, Pages = 1_000;

    private static readonly ModelSeries Series = ModelSeries.Render("model=\"m\"", SeriesFamily.All.Select(family => (family.Name, Samples(family.Name == "model_info"))));

    [Fact]
    public async Task WriteTo_WhileModelsComeAndGo_WritesWholePages()
    {
        var registry = new ModelSeriesRegistry();
        for (var model = 0; model < Models; model++) registry.Publish($"m{model}", "live", Series, epoch: 1);
        using var done = new CancellationTokenSource();
        var moving = Task.Run(() =>
        {
            // One that comes before one that goes: a page has one model more, or not.
            for (var model = Models; !done.IsCancellationRequested; model++)
            {
                registry.Publish($"m{model}", "live", Series, epoch: 1);
                registry.Remove($"m{model - Models}", epoch: 1);
            }
        });
        for (var page = 0; page < Pages; page++) Assert.InRange(Lines(registry), Models, Models + 1);
        await done.CancelAsync();
        await moving;
    }

    private static IEnumerable<(string Labels, double? Value)> Samples(bool has) => has ? [("", 1)] : [];

    private static int Lines(ModelSeriesRegistry registry)
    {
        var page = new ArrayBufferWriter<byte>();
        registry.WriteTo(page);
        return Encoding.UTF8.GetString(page.WrittenSpan).Split('\n').Count(line => line.StartsWith("model_info{", StringComparison.Ordinal));
    }
}
