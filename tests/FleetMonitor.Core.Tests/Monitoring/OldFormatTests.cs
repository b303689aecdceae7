using System.IO.Compression;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

/// <summary>A checkpoint as the first release saved it: 720 predictions in twelve batches 11 minutes apart, 480 labels, a captured reference of 200 rows, a segment that nothing was kept for yet.</summary>
public sealed class OldFormatTests
{
    private static readonly long End = Scenario.Start + (121 * UnixTime.Minute);

    [Fact]
    public void Load_OfFormatOne_KnowsAllThatItKept()
    {
        var monitor = ModelMonitor.Load(FormatOne());
        var score = monitor.Score(TimeSpan.FromHours(24), End);
        Assert.Equal((720, 480), (score.Predictions, score.Performance.Labelled));
        Assert.Equal(0.5395833333333333, score.Performance.Classification!.Accuracy!.Value, 12);
        Assert.Equal(0.05, score.Columns[0].Ks!.Value, 12);
        Assert.Equal("risk", monitor.Spec.Team);
        Assert.Equal(200, monitor.Reference!.Rows);
        Assert.Equal(SequenceStatus.Applied, monitor.Status("producer", 11));
    }

    [Fact]
    public void Load_OfFormatOne_StartsWhatIsNewEmptyAndGoesOn()
    {
        var monitor = ModelMonitor.Load(FormatOne());
        Assert.All(monitor.Evidence(), e => Assert.Equal((1.0, 0L), (e.E, e.Looks)));
        Assert.Empty(monitor.Segments(TimeSpan.FromHours(24), End).Slices);
        var saved = monitor.Save();
        Assert.NotEqual(1, saved[0]);
        Assert.Equal(saved, ModelMonitor.Load(saved).Save());

        var rows = Enumerable.Range(0, 40).Select(i => new Row { Label = "1", Tags = [("region", i % 4 == 0 ? "eu" : "us")], Features = [("x", i / 40.0), ("c", "c1")] });
        monitor.Apply(new LogEntry(LogEntryKind.Predictions, End, null, 0, Scenario.Batch(rows).Buffer));
        monitor.Apply(new LogEntry(LogEntryKind.Predictions, End + (3 * UnixTime.Minute), null, 0, Scenario.Batch(rows).Buffer));
        Assert.All(monitor.Evidence(), e => Assert.NotEqual(0, e.Looks));
        Assert.Equal([60, 20], monitor.Segments(TimeSpan.FromHours(24), End + (3 * UnixTime.Minute)).Slices.Select(s => s.Predictions));
    }

    [Fact]
    public void Load_OfAFormatToCome_IsRefused() => Assert.Throws<CodecException>(() => ModelMonitor.Load([200, .. FormatOne()[1..]]));

    private static byte[] FormatOne()
    {
        using var packed = typeof(OldFormatTests).Assembly.GetManifestResourceStream("checkpoint-1.bin.gz")!;
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unpacked.CopyTo(bytes);
        return bytes.ToArray();
    }
}
