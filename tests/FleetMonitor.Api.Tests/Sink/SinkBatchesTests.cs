using FleetMonitor.Api.Sink;
using FleetMonitor.Api.Sink.Payloads;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;
using Xunit;
using Joined = FleetMonitor.Api.Sink.Inference;

namespace FleetMonitor.Api.Tests.Sink;

/// <summary>Inferences of one model travel together, as many as a batch may hold.</summary>
public sealed class SinkBatchesTests
{
    private static readonly DecodeLimits Limits = DecodeLimits.Default with { MaxItems = 100, MaxColumns = 10 };

    [Fact]
    public void Batches_OfInferencesWithTheSameColumns_HoldAsManyRowsAsTheyMay() =>
        Assert.Equal([100, 50], Batches(Enumerable.Range(0, 15).Select(_ => Inference(10, "a", "b")), Limits).Select(rows => rows.Count));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Batches_OfInferencesWithOtherColumns_CloseBeforeTheyAreTooMany(bool renamed)
    {
        var spec = renamed ? new PayloadSpec { Features = ["w", "x", "y", "z"] } : null;
        var batches = Batches(Enumerable.Range(0, 10).Select(i => Inference(1, $"a{i}", $"b{i}", $"c{i}", $"d{i}")), Limits, spec);
        Assert.Equal(10, batches.Sum(rows => rows.Count));
        Assert.All(batches, rows => Assert.InRange(rows.FeatureCount + rows.ClassCount + rows.TagCount, 1, 10));
    }

    /// <summary>Many rows beside few that name many columns would be a large table of nothing.</summary>
    [Fact]
    public void Batches_OfSparseRows_CloseBeforeTheirCellsAreTooMany()
    {
        var limits = DecodeLimits.Default with { MaxCells = 20_000 };
        Delivery[] deliveries = [Inference(1_000, "a"), Inference(1, [.. Enumerable.Range(0, 500).Select(i => $"f{i}")]), Inference(1_000, "a")];
        var batches = Batches(deliveries, limits);
        Assert.Equal(2_001, batches.Sum(rows => rows.Count));
        Assert.All(batches, rows => Assert.InRange((long)rows.Count * (rows.FeatureCount + rows.ClassCount + rows.TagCount), 1, limits.MaxCells));
    }

    private static List<PredictionBatchBuilder> Batches(IEnumerable<Delivery> deliveries, DecodeLimits limits, PayloadSpec? spec = null) =>
        [.. SinkDelivery.Batches([.. deliveries], limits).Select(batch =>
        {
            var rows = new PredictionBatchBuilder();
            foreach (var delivery in batch) Assert.True(InferenceRows.Add(rows, delivery.Inference!, spec));
            return rows;
        })];

    private static Delivery Inference(int rows, params string[] features)
    {
        var asked = new Payload(rows, [.. features.Select(name => Column(name, rows))], null);
        var answered = new Payload(rows, [Column("prediction", rows)], null);
        return new Delivery("m", new Joined(Half(InferencePart.Request, asked), Half(InferencePart.Response, answered)), null);
    }

    private static Tensor Column(string name, int rows) => new(name, null, 1, new Cell[rows]);

    private static LoggedHalf Half(InferencePart part, Payload payload) => new(new InferenceEvent(part, "m", "i", [("namespace", "n")]), payload, DateTimeOffset.UnixEpoch);
}
