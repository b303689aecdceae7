using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Ingest;

/// <summary>What a log entry asks of its model.</summary>
public enum LogEntryKind
{
    Predictions = 1,
    Labels = 2,

    /// <summary>Body: the spec as JSON.</summary>
    Spec = 3,

    /// <summary>Body: the reference's rows as a prediction batch.</summary>
    Reference = 4,

    /// <summary>
    /// A new reference, from the predictions that follow or from a window. Body: <see cref="RebaselineOrder"/>; none: from as many as the spec says.
    /// </summary>
    Rebaseline = 5,

    /// <summary>Body: <see cref="MaintenanceOrder"/>.</summary>
    Maintenance = 6,

    /// <summary>The model is no longer watched; its history stays until it is deleted. No body.</summary>
    Retire = 7,

    /// <summary>Gives up the rows of a reference that is being captured: they are older than feature data may be. The capture begins anew. No body.</summary>
    Forget = 8,
}

/// <summary>One input of a model, as the log keeps it: the only way its state changes.</summary>
/// <param name="Kind">What it asks.</param>
/// <param name="Arrival">When it arrived, Unix microseconds: the only clock the model knows.</param>
/// <param name="Producer">Who sent it; null when it is not to be told from a repetition.</param>
/// <param name="Sequence">The producer's number for it.</param>
/// <param name="Body">A batch or what the kind says; not copied.</param>
public readonly record struct LogEntry(LogEntryKind Kind, long Arrival, string? Producer, ulong Sequence, ReadOnlyMemory<byte> Body)
{
    private const byte FormatVersion = 1;

    public byte[] Encode()
    {
        var writer = new CodecWriter(Body.Length + 64);
        writer.Byte(FormatVersion);
        writer.Byte((byte)Kind);
        writer.Int64(Arrival);
        writer.OptionalText(Producer);
        writer.UInt64(Sequence);
        writer.Raw(Body.Span);
        return writer.ToArray();
    }

    /// <summary>Opens an entry in place. Throws <see cref="CodecException"/> when it is not one.</summary>
    public static LogEntry Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new CodecReader(bytes.Span);
        var version = reader.Byte();
        if (version != FormatVersion) throw new CodecException($"A log entry of format {version}; this build reads format {FormatVersion}.");
        var kind = (LogEntryKind)reader.Byte();
        if (!Enum.IsDefined(kind)) throw new CodecException($"A log entry of kind {(int)kind}.");
        return new LogEntry(kind, reader.Int64(), reader.OptionalText(), reader.UInt64(), bytes[reader.Position..]);
    }
}
