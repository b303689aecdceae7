using FleetMonitor.Cli.Demo;
using FleetMonitor.Client;
using FleetMonitor.Core;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Tests.Demo;

/// <summary>The demo's story, played on a clock of its own: as it would be sent, through the decoders and the monitor.</summary>
public sealed class DemoFleetTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Models => [.. DemoFleet.Models.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Model_IsQuietUntilItsTrouble_AndCaughtWithinThreeMinutes(string name)
    {
        var model = DemoFleet.Models.Single(m => m.Name == name);
        var scores = Play(model, TimeSpan.FromSeconds(180));
        var before = scores.Where(s => s.To <= Start + (model.Trouble?.After ?? TimeSpan.MaxValue / 4)).ToArray();
        Assert.NotEmpty(before);
        Assert.All(before, score => Assert.True(score.Alerts.Count == 0, $"{score.To:T}: {string.Join("; ", score.Alerts)}"));
        Assert.All(before, score => Assert.Equal(Verdict.Quiet, score.Verdict));
        var last = scores[^1];
        Assert.Equal(model.Trouble?.Kind == Trouble.Drift ? Verdict.Drifted : Verdict.Quiet, last.Verdict);
        var kinds = last.Alerts.Select(a => a.Kind).ToArray();
        switch (model.Trouble)
        {
            case null: Assert.Empty(kinds); break;
            case { Kind: Trouble.Drift, Feature: var feature }: Assert.Contains(last.Alerts, a => a.Kind == "drift" && a.Subject == feature); break;
            // The estimate follows the labels once they contradict it.
            case { Kind: Trouble.Concept }: Assert.Equal(["accuracy"], kinds.Except(["estimated_accuracy"])); break;
            case { Kind: Trouble.Missing, Feature: var feature }: Assert.Contains(last.Alerts, a => a.Kind == "missing" && a.Subject == feature); break;
        }
    }

    [Fact]
    public void Traffic_SameSeed_IsTheSame()
    {
        Assert.Equal(Lines(3), Lines(3));
        Assert.NotEqual(Lines(3), Lines(4));
        static string Lines(int seed)
        {
            using var lines = new NdjsonWriter();
            var traffic = new DemoTraffic(DemoFleet.Models[0], "run", seed);
            for (var i = 0; i < 100; i++) lines.Write(traffic.Predict(Start.AddSeconds(i), troubled: i > 50));
            foreach (var label in traffic.DueLabels(Start.AddSeconds(60))) lines.Write(label);
            return System.Text.Encoding.UTF8.GetString(lines.Written.Span);
        }
    }

    [Fact]
    public void Specs_AreValidAndNamesDiffer()
    {
        Assert.All(DemoFleet.Models, model => Assert.Empty(SpecJson.Parse(SpecJson.Write(model.Spec)).Errors));
        Assert.Equal(DemoFleet.Models.Count, DemoFleet.Models.Select(m => m.Name).Distinct().Count());
        Assert.All(DemoFleet.Models, model => Assert.All(model.Features, feature => Assert.Equal(model.Bias.Length, feature.Weights.Length)));
    }

    /// <summary>The headline window every ten seconds.</summary>
    private static List<WindowScore> Play(DemoModel model, TimeSpan duration)
    {
        var monitor = new ModelMonitor(model.Name);
        var traffic = new DemoTraffic(model, "run", seed: 11);
        using var lines = new NdjsonWriter();
        void Apply(LogEntryKind kind, DateTimeOffset at, ReadOnlyMemory<byte> body) => monitor.Apply(new LogEntry(kind, UnixTime.From(at), null, 0, body));
        void Send(DateTimeOffset now, IEnumerable<PredictionEvent> predictions)
        {
            lines.Clear();
            foreach (var prediction in predictions) lines.Write(prediction);
            var decoded = PredictionJson.DecodeLines(lines.Written.Span, DecodeLimits.Default);
            Assert.Empty(decoded.Errors);
            Apply(LogEntryKind.Predictions, now, decoded.Batch.Buffer);
            lines.Clear();
            foreach (var label in traffic.DueLabels(now)) lines.Write(label);
            Apply(LogEntryKind.Labels, now, LabelJson.DecodeLines(lines.Written.Span, DecodeLimits.Default).Batch.Buffer);
        }

        Apply(LogEntryKind.Spec, Start, SpecJson.Write(model.Spec));
        foreach (var row in traffic.Reference(5_000)) lines.Write(row);
        Apply(LogEntryKind.Reference, Start, ReferenceNdjson.Decode(new MemoryStream(lines.Written.ToArray()), DecodeLimits.Reference).Batch.Buffer);
        foreach (var past in Enumerable.Range(0, 3_600 * 2).Chunk(1_000)) Send(Start, past.Select(i => traffic.Predict(Start.AddSeconds(-3_600 + (i / 2.0)), troubled: false)));

        var scores = new List<WindowScore>();
        var troubleFrom = model.Trouble is { } trouble ? Start + trouble.After : DateTimeOffset.MaxValue;
        for (var second = 1; second <= duration.TotalSeconds; second++)
        {
            var now = Start.AddSeconds(second);
            var times = Enumerable.Range(0, model.Rate).Select(i => now.AddSeconds(-1 + (i / (double)model.Rate)));
            Send(now, times.Select(at => traffic.Predict(at, troubled: at >= troubleFrom)).ToArray());
            if (second % 10 == 0) scores.Add(monitor.Score(UnixTime.From(now)));
        }
        return scores;
    }
}
