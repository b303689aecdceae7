using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Windows;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Batches;

public sealed class BatchCodecTests
{
    [Fact]
    public void Decode_OfABatch_GivesBackEveryColumn()
    {
        var batch = PredictionBatch.Decode(Full().Buffer.ToArray());
        Assert.Equal(3, batch.Count);
        Assert.Equal("a", batch.Ids!.Text(0));
        Assert.Equal("", batch.Ids.Text(1));
        Assert.Equal([5, UnixTime.Missing, 7], batch.Times.ToArray());
        Assert.Equal(["x", null, "x"], Enumerable.Range(0, 3).Select(row => batch.Features[1].TextAt(row)));
        Assert.Equal(1.5, batch.Features[0].NumberAt(0));
        Assert.True(batch.Features[0].IsMissing(1));
        Assert.Equal([0, 1, 0], batch.Errors.ToArray());
        Assert.Equal(0.25, batch.Latencies[2]);
        Assert.Equal("eu", batch.Tags[0].TextAt(2));
        Assert.Equal("no", batch.Labels!.TextAt(1));
        Assert.Equal("2", batch.Versions!.TextAt(0));
        Assert.Equal(0.75, batch.Probabilities[0].NumberAt(1));
    }

    [Fact]
    public void Decode_OfBytesCutShort_ThrowsCodecException()
    {
        var bytes = Full().Buffer;
        for (var length = 0; length < bytes.Length; length++)
        {
            // A cut between two sections leaves a batch with fewer columns; anything else is an error.
            try
            {
                Assert.Equal(3, PredictionBatch.Decode(bytes[..length]).Count);
            }
            catch (CodecException)
            {
            }
        }
    }

    [Property(MaxTest = 500)]
    public void Decode_OfAnyBytes_ThrowsCodecExceptionOrDecodes(byte[] noise, int at)
    {
        var bytes = Full().Buffer.ToArray();
        for (var i = 0; i < noise.Length; i++) bytes[(int)((uint)(at + (i * 31)) % bytes.Length)] = noise[i];
        try
        {
            var batch = PredictionBatch.Decode(bytes);
            for (var row = 0; row < batch.Count; row++) batch.Predictions.TextAt(row);
        }
        catch (CodecException)
        {
        }
    }

    [Property]
    public void LogEntry_RoundTrips(byte[] body, long arrival, ulong sequence)
    {
        var entry = LogEntry.Decode(new LogEntry(LogEntryKind.Labels, arrival, "producer", sequence, body).Encode());
        Assert.Equal((LogEntryKind.Labels, arrival, "producer", sequence), (entry.Kind, entry.Arrival, entry.Producer, entry.Sequence));
        Assert.Equal(body, entry.Body.ToArray());
    }

    [Property(MaxTest = 300)]
    public void CounterBlock_PackedOrNot_HoldsTheSameCounters(long[] counters, byte zeros)
    {
        long[] expected = [.. counters.Select(Math.Abs).Select(c => c < 0 ? 0 : c), .. new long[zeros], 1, .. new long[3], 200];
        var block = new CounterBlock();
        expected.CopyTo(block.Open(expected.Length));
        block.Pack();
        var writer = new CodecWriter();
        block.Write(writer);
        var reader = new CodecReader(writer.Written);
        foreach (var form in (CounterBlock[])[block, CounterBlock.Read(ref reader, expected.Length)])
        {
            Assert.Equal(expected.Length, form.Length);
            var totals = new long[expected.Length];
            form.AddTo(totals);
            Assert.Equal(expected, totals);
            Assert.Equal(expected, form.Open(expected.Length).ToArray());
        }
    }

    [Property(MaxTest = 300)]
    public void MomentBlock_PackedOrNot_HoldsTheSameSums(double[] sums)
    {
        double[] expected = [.. sums.Select(s => double.IsNaN(s) ? 0 : s), 0, 1];
        var block = new MomentBlock();
        expected.CopyTo(block.Open(expected.Length));
        var writer = new CodecWriter();
        block.Write(writer);
        block.Pack();
        var reader = new CodecReader(writer.Written);
        foreach (var form in (MomentBlock[])[block, MomentBlock.Read(ref reader, expected.Length)])
        {
            var totals = new double[expected.Length];
            form.AddTo(totals);
            Assert.Equal(expected, totals);
        }
    }

    private static PredictionBatch Full()
    {
        var builder = new PredictionBatchBuilder();
        for (var row = 0; row < 3; row++)
        {
            builder.BeginRow();
            if (row != 1)
            {
                builder.SetId(Encoding.UTF8.GetBytes(row == 0 ? "a" : "c"));
                builder.SetTime(5 + row);
                builder.SetFeature("number", 1.5 + row);
                builder.SetFeature("text", "x");
            }
            builder.SetVersion("2");
            builder.SetPrediction("yes");
            builder.SetScore(0.5);
            builder.SetProbability("yes", 0.75);
            builder.SetLatency(0.25);
            builder.SetError(row == 1);
            builder.SetTag("region"u8, "eu");
            builder.SetLabel(row == 1 ? "no" : "yes");
            builder.EndRow();
        }
        return builder.Build();
    }
}
