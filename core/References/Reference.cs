using System.Text.Json.Serialization;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.References;

/// <summary>Where a reference came from.</summary>
public enum ReferenceSource
{
    /// <summary>The model's first predictions, or those after a re-baseline.</summary>
    [JsonStringEnumMemberName("captured")] Captured = 1,

    /// <summary>Sent by its owner.</summary>
    [JsonStringEnumMemberName("uploaded")] Uploaded = 2,

    /// <summary>A window that had been counted already.</summary>
    [JsonStringEnumMemberName("window")] Window = 3,
}

/// <summary>The window that a model's live windows are compared with. Immutable; a new one replaces it and restarts the drift windows.</summary>
/// <param name="Version">1 for a model's first, then counting up.</param>
/// <param name="Source">Captured, uploaded or a window.</param>
/// <param name="Rows">Predictions in it.</param>
/// <param name="Since">When it came into force, Unix microseconds.</param>
/// <param name="Columns">Features in the spec's order, then scores, then the prediction.</param>
public sealed record Reference(int Version, ReferenceSource Source, long Rows, long Since, IReadOnlyList<ColumnReference> Columns)
{
    internal void Write(CodecWriter writer)
    {
        writer.Varint(Version);
        writer.Byte((byte)Source);
        writer.Int64(Rows);
        writer.Int64(Since);
        writer.Varint(Columns.Count);
        foreach (var column in Columns) column.Write(writer);
    }

    internal static Reference Read(ref CodecReader reader)
    {
        var version = reader.SmallInt();
        var source = (ReferenceSource)reader.Byte();
        var rows = reader.Int64();
        var since = reader.Int64();
        var columns = new ColumnReference[reader.Length()];
        for (var i = 0; i < columns.Length; i++) columns[i] = ColumnReference.Read(ref reader);
        return new Reference(version, source, rows, since, columns);
    }
}
