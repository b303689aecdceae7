using FleetMonitor.Core;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Series;
using Xunit;

namespace FleetMonitor.Grains.Tests;

/// <summary>A tick that leaves a model alone since nothing can have changed, against one that scores and renders it anew.</summary>
public sealed class UnchangedTests
{
    private static readonly long Start = UnixTime.From(new DateTimeOffset(2026, 3, 2, 10, 0, 7, TimeSpan.Zero));
    private static readonly TimeSpan[] Headlines = [TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromHours(24), TimeSpan.FromDays(7)];
    private static readonly TimeSpan[] Delays = [TimeSpan.Zero, TimeSpan.FromSeconds(90), TimeSpan.FromMinutes(10), TimeSpan.FromHours(3), TimeSpan.FromDays(2)];
    private static readonly TimeSpan[] Horizons = [TimeSpan.FromMinutes(45), TimeSpan.FromHours(5), TimeSpan.FromDays(7)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void UnchangedUntil_AnyTimeBefore_RendersTheSameBytesAndRow(int seed)
    {
        var random = new Random(seed);
        var monitor = new ModelMonitor("m");
        Apply(monitor, LogEntryKind.Spec, Start, SpecJson.Write(Spec(random)));
        var now = Start;
        for (var step = 0; step < 25; step++)
        {
            now += Pause(random);
            Act(monitor, random, step, now);
            // What holds in between, and the borders that follow each other without an input.
            var look = now;
            for (var border = 0; border < 4; border++)
            {
                var (until, shown) = (monitor.UnchangedUntil(look), Render(monitor, look));
                Assert.True(until > look, "What is read now holds now.");
                var last = Math.Min(until - 1, look + (9 * UnixTime.Day));
                foreach (var later in (long[])[look + 1, look + (random.NextInt64(last - look) + 1), last])
                {
                    if (later < until) Assert.Equal(shown, Render(monitor, later));
                }
                monitor.Pack();
                Assert.Equal(shown, Render(monitor, look));
                if (until == long.MaxValue) break;
                look = until;
            }
        }
    }

    [Fact]
    public void UnchangedUntil_OfAModelThatFellSilent_EndsWhenItsWindowMoves()
    {
        var monitor = new ModelMonitor("m");
        Apply(monitor, LogEntryKind.Spec, Start, SpecJson.Write(new ModelSpec { MinSamples = 1, HeadlineWindow = TimeSpan.FromMinutes(5) }));
        Apply(monitor, LogEntryKind.Predictions, Start, Predictions(new Random(1), 0, Start, 50, past: false).Buffer);
        var minute = UnixTime.Floor(Start, UnixTime.Minute);

        // The pane ends, is left behind by the window of five minutes, and passes the horizon of seven days.
        Assert.Equal(minute + UnixTime.Minute, monitor.UnchangedUntil(Start));
        Assert.Equal(minute + (5 * UnixTime.Minute), monitor.UnchangedUntil(minute + UnixTime.Minute));
        Assert.NotEqual(Render(monitor, minute + (5 * UnixTime.Minute) - 1), Render(monitor, minute + (5 * UnixTime.Minute)));
        var horizon = minute + UnixTime.Minute + (7 * UnixTime.Day);
        Assert.Equal(horizon, monitor.UnchangedUntil(minute + (5 * UnixTime.Minute)));
        Assert.Equal(long.MaxValue, monitor.UnchangedUntil(horizon));
    }

    [Fact]
    public void Pack_OfAModelThatFellSilent_KeepsItsBytesInHalfOfTheMemory()
    {
        var monitor = Wide();
        var (open, state) = (monitor.PaneBytes, monitor.Save());

        monitor.Pack();
        monitor.Pack();

        Assert.InRange(monitor.PaneBytes, 1, open / 2);
        Assert.Equal(state, monitor.Save());
    }

    [Fact]
    public void Apply_OfABatchOverAnHour_LeavesNoHourOfOpenPanes() => Assert.InRange(Wide().PaneBytes, 1, 100_000);

    public static TheoryData<int> Seeds() => new(Enumerable.Range(1, 8));

    /// <summary>All that a tick shows, the times that it was made at left out.</summary>
    private static string Render(ModelMonitor monitor, long now)
    {
        var (model, headline) = (monitor.Describe(now), monitor.Headline(now));
        var input = new SeriesInput(model, headline.Score, 1)
        {
            Fleet = new ModelVerdict(monitor.Evidence(), []),
            Versions = model.Versions.Count > 0 ? monitor.Versions(monitor.Spec.HeadlineWindow, now) : null,
        };
        var features = FeatureSeries.Render(monitor, headline, double.NegativeInfinity);
        var text = string.Concat(features.Select(f => $"{f.Severity} {f.Count} {Text(f.Text!, FeatureFamily.All.Count)}"));
        return $"{model.State} {Text(ModelSeries.Render(input), SeriesFamily.All.Count)}{text}{Summary.Of(model, headline.Score, default)}";
    }

    private static string Text(ModelSeries series, int families) =>
        string.Concat(Enumerable.Range(0, families).Select(family => System.Text.Encoding.UTF8.GetString(series.Lines(family))));

    private static ModelSpec Spec(Random random)
    {
        var horizon = Horizons[random.Next(Horizons.Length)];
        var delays = Delays.Where(delay => delay <= horizon).ToArray();
        return new ModelSpec
        {
            Task = random.Next(3) == 0 ? null : TaskKind.Binary,
            Positive = "1",
            MinSamples = 20,
            HeadlineWindow = Headlines[random.Next(Headlines.Length)],
            LabelDelay = delays[random.Next(delays.Length)],
            LabelHorizon = horizon,
            Reference = new ReferenceSpec { Capture = 100 },
            Multivariate = random.Next(3) == 0,
        };
    }

    /// <summary>Mostly seconds or minutes, now and then hours or days.</summary>
    private static long Pause(Random random) => random.Next(8) switch
    {
        0 => random.NextInt64(3 * UnixTime.Day),
        < 3 => random.NextInt64(4 * UnixTime.Hour),
        < 6 => random.NextInt64(20 * UnixTime.Minute),
        _ => random.NextInt64(UnixTime.Minute),
    };

    private static void Act(ModelMonitor monitor, Random random, int step, long now)
    {
        switch (random.Next(12))
        {
            case 0:
                Apply(monitor, LogEntryKind.Maintenance, now, new MaintenanceOrder(now + random.NextInt64(2 * UnixTime.Hour), "works").Encode());
                break;
            case < 4 when step > 0:
                var labels = new LabelBatch.Builder();
                for (var i = 0; i < 60; i++) labels.Add(Id(Math.Max(0, step - random.Next(4)), random.Next(120)), random.Next(2) == 0 ? "1" : "0");
                Apply(monitor, LogEntryKind.Labels, now, labels.Build().Buffer);
                break;
            default:
                Apply(monitor, LogEntryKind.Predictions, now, Predictions(random, step, now, 120).Buffer);
                break;
        }
    }

    private static void Apply(ModelMonitor monitor, LogEntryKind kind, long arrival, ReadOnlyMemory<byte> body) => monitor.Apply(new LogEntry(kind, arrival, null, 0, body));

    private static byte[] Id(int step, int row) => System.Text.Encoding.UTF8.GetBytes($"{step}-{row}");

    private static PredictionBatch Predictions(Random random, int step, long now, int rows, bool past = true)
    {
        var builder = new PredictionBatchBuilder();
        for (var row = 0; row < rows; row++)
        {
            builder.BeginRow();
            builder.SetId(Id(step, row));
            if (past && random.Next(3) > 0) builder.SetTime(now - random.NextInt64(2 * UnixTime.Hour));
            if (step > 20) builder.SetVersion(random.Next(2) == 0 ? "1" : "2");
            builder.SetPrediction(random.Next(2) == 0 ? "1" : "0");
            builder.SetScore(random.NextDouble());
            builder.SetLatency(random.NextDouble());
            builder.SetFeature("x", random.NextDouble() + (step > 10 ? 0.5 : 0));
            builder.SetFeature("y", random.NextDouble());
            builder.SetFeature("c", $"c{random.Next(step > 25 ? 6 : 4)}");
            builder.EndRow();
        }
        return builder.Build();
    }

    /// <summary>A model with 20 features after an hour of predictions in one batch.</summary>
    private static ModelMonitor Wide()
    {
        var monitor = new ModelMonitor("m");
        var features = Enumerable.Range(0, 20).Select(f => new FeatureSpec($"f{f}", FeatureKind.Numeric)).ToArray();
        Apply(monitor, LogEntryKind.Spec, Start, SpecJson.Write(new ModelSpec { Task = TaskKind.Binary, Features = features, Reference = new ReferenceSpec { Capture = 100 } }));
        var random = new Random(3);
        var builder = new PredictionBatchBuilder();
        for (var row = 0; row < 300; row++)
        {
            builder.BeginRow();
            builder.SetTime(Start - (UnixTime.Hour * (299 - row) / 300));
            builder.SetPrediction("1");
            builder.SetScore(random.NextDouble());
            for (var feature = 0; feature < 20; feature++) builder.SetFeature($"f{feature}", random.NextDouble());
            builder.EndRow();
        }
        Apply(monitor, LogEntryKind.Predictions, Start, builder.Build().Buffer);
        return monitor;
    }
}
