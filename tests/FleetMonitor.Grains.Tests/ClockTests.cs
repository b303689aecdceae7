using System.Globalization;
using System.Text;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Grains.Messages;
using Xunit;

namespace FleetMonitor.Grains.Tests;

/// <summary>A machine's clock that is set, by an hour, while models are served: Orleans, the store and the models all go by it.</summary>
public sealed class ClockTests
{
    private const int Rows = 100;

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Clock_JumpsByAnHourAndBack_NothingAcknowledgedIsLost(int hours)
    {
        using var folder = new TempFolder();
        var clock = new Clock();
        await using (var silo = await Silo.StartAsync(folder.Path, o => o.Tick = TimeSpan.FromSeconds(1), time: clock))
        {
            var model = silo.Model("m");
            Assert.Equal(Rows, (await model.Apply(Batch(1))).Accepted);
            clock.Offset = TimeSpan.FromHours(hours);
            Assert.Equal(Rows, (await model.Apply(Batch(2))).Accepted);
            Assert.Equal(Rows, (await model.Apply(Labels(1))).Accepted);
            Assert.Equal(2 * Rows, (await model.Describe()).Counters.Predictions);
            clock.Offset = TimeSpan.Zero;
            Assert.Equal(Rows, (await model.Apply(Batch(3))).Accepted);
            Assert.Equal(Rows, (await model.Apply(Labels(3))).Accepted);
            Assert.Equal(Rows, (await model.Apply(Batch(3))).Duplicates);
            // Windows end with the latest arrival, so what was stamped while the clock was ahead is in them too.
            Assert.Equal(3 * Rows, (await model.Score(TimeSpan.FromHours(24))).Windows[0].Predictions);
            Assert.True(silo.Store.Health.IsReady);
            // A new name is still taken, and the silo still ticks.
            Assert.Equal(Rows, (await silo.Model("later").Apply(Batch(1))).Accepted);
            await WaitForSeriesAsync(silo, "later");
        }
        await using (var silo = await Silo.StartAsync(folder.Path, time: clock))
        {
            var model = await silo.Model("m").Describe();
            Assert.Equal((3 * Rows, 2 * Rows), (model.Counters.Predictions, model.Counters.LabelsJoined));
        }
    }

    private static Task WaitForSeriesAsync(Silo silo, string model) => FleetMonitor.Testing.Wait.UntilAsync(
        () => Task.FromResult(silo.Series.Contains(model)), TimeSpan.FromSeconds(30), () => $"the series of {model}");

    private static ModelCommand Batch(ulong sequence) => Command(LogEntryKind.Predictions, sequence, "prediction");

    private static ModelCommand Labels(ulong sequence) => Command(LogEntryKind.Labels, sequence + 10, "label", sequence);

    private static ModelCommand Command(LogEntryKind kind, ulong sequence, string member, ulong? of = null)
    {
        // Clients have clocks of their own, which nobody has set.
        var time = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Rows).Select(i => $$"""{"id":"{{of ?? sequence}}-{{i}}","time":"{{time}}","{{member}}":"{{i % 2}}"}""" + "\n")));
        return new ModelCommand(kind, "p", sequence, kind == LogEntryKind.Labels
            ? LabelJson.DecodeLines(lines, DecodeLimits.Default).Batch.Buffer
            : PredictionJson.DecodeLines(lines, DecodeLimits.Default).Batch.Buffer);
    }

    /// <summary>The machine's, as somebody has set it; durations are those of the world.</summary>
    private sealed class Clock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
