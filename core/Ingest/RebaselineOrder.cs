using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Ingest;

/// <summary>Where a new reference comes from: a window of the past, or the predictions that follow.</summary>
/// <param name="Window">The window, in microseconds; 0: the predictions that follow.</param>
/// <param name="Predictions">How many of these; 0: as many as the spec says. 0 or 100 to 100,000.</param>
public readonly record struct RebaselineOrder(long Window, int Predictions)
{
    public byte[] Encode()
    {
        var writer = new CodecWriter(16);
        writer.Int64(Window);
        writer.Varint(Predictions);
        return writer.ToArray();
    }

    /// <exception cref="CodecException">The bytes are no order.</exception>
    public static RebaselineOrder Decode(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return default;
        var reader = new CodecReader(body);
        var order = new RebaselineOrder(reader.Int64(), reader.SmallInt());
        if (!reader.AtEnd || order.Window < 0 || order.Predictions is not (0 or (>= 100 and <= 100_000))) throw new CodecException("A reference is of a window, or of 100 to 100000 predictions.");
        return order;
    }
}
