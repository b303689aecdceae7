using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Ingest;

/// <summary>Until when a model's alerts are muted, and why.</summary>
/// <param name="Until">Unix microseconds; 0 ends it.</param>
/// <param name="Reason">For a person, at most <see cref="MaxReason"/> characters; null without one.</param>
public readonly record struct MaintenanceOrder(long Until, string? Reason)
{
    public const int MaxReason = 200;

    public byte[] Encode()
    {
        var writer = new CodecWriter(sizeof(long) + 1);
        writer.Int64(Until);
        // As the first releases wrote it, where it says no more than they could.
        if (Reason is not null) writer.OptionalText(Reason);
        return writer.ToArray();
    }

    /// <exception cref="CodecException">The bytes are no order.</exception>
    public static MaintenanceOrder Decode(ReadOnlySpan<byte> body)
    {
        var reader = new CodecReader(body);
        var until = reader.Int64();
        var reason = reader.AtEnd ? null : reader.OptionalText();
        if (!reader.AtEnd || reason?.Length > MaxReason) throw new CodecException($"Maintenance is a time and a reason of at most {MaxReason} characters.");
        return new MaintenanceOrder(until, reason);
    }
}
