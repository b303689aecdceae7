using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Ingest;

namespace FleetMonitor.Api.Ingest;

internal delegate Decoded<TBatch> Decode<TBatch>(ReadOnlySpan<byte> utf8, DecodeLimits limits);

/// <summary>The two kinds of batches that clients send: how they are read and what they are to the log.</summary>
internal sealed record BatchKind<TBatch>(string Name, string Item, LogEntryKind Kind, Decode<TBatch> Document, Decode<TBatch> Lines, Func<TBatch, ReadOnlyMemory<byte>> Buffer);

internal static class BatchKinds
{
    public static readonly BatchKind<PredictionBatch> Predictions =
        new("predictions", "prediction", LogEntryKind.Predictions, PredictionJson.Decode, PredictionJson.DecodeLines, batch => batch.Buffer);

    public static readonly BatchKind<LabelBatch> Labels = new("labels", "label", LogEntryKind.Labels, LabelJson.Decode, LabelJson.DecodeLines, batch => batch.Buffer);
}
