using FleetMonitor.Core.Batches;

namespace FleetMonitor.Core.Formats;

/// <summary>A reference as NDJSON: predictions, each with its <c>label</c> where it is known.</summary>
public static class ReferenceNdjson
{
    /// <summary>Memory: the batch and one line. Throws as <see cref="PredictionJson.DecodeLines"/>.</summary>
    public static Decoded<PredictionBatch> Decode(Stream stream, DecodeLimits limits)
    {
        var lines = new LineReader(stream, limits);
        var items = new PredictionItems(limits, withLabels: true);
        while (lines.TakeInto(items)) lines.Fill();
        return items.Result();
    }

    /// <inheritdoc cref="Decode"/>
    public static async Task<Decoded<PredictionBatch>> DecodeAsync(Stream stream, DecodeLimits limits, CancellationToken cancellation = default)
    {
        var lines = new LineReader(stream, limits);
        var items = new PredictionItems(limits, withLabels: true);
        while (lines.TakeInto(items)) await lines.FillAsync(cancellation).ConfigureAwait(false);
        return items.Result();
    }
}
