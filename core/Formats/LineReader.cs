namespace FleetMonitor.Core.Formats;

/// <summary>Lines of NDJSON from a stream, in its own buffer; a line that is too long is rejected and skipped.</summary>
internal sealed class LineReader(Stream stream, DecodeLimits limits)
{
    private readonly StreamWindow _window = new(stream, limits);
    private long _line;
    private bool _skipping;

    public void Fill() => _window.Fill();

    public ValueTask FillAsync(CancellationToken cancellation) => _window.FillAsync(cancellation);

    /// <summary>Hands over the lines that are there; false when there will be no more.</summary>
    public bool TakeInto(JsonItems items)
    {
        while (true)
        {
            var bytes = _window.Bytes;
            var length = bytes.IndexOf((byte)'\n');
            var ends = length >= 0;
            if (!ends)
            {
                // The last line may lack its end; another waits for it, as long as it may be a line.
                if (!_window.AtEnd && bytes.Length <= limits.MaxRowBytes && !_skipping) return true;
                length = bytes.Length;
            }
            if (!_skipping)
            {
                _line++;
                if (length <= limits.MaxRowBytes) items.Line(bytes[..length], _line);
                else items.RejectLine(_line, $"expected at most {limits.MaxRowBytes} bytes");
            }
            _skipping = !ends;
            _window.Advance(ends ? length + 1 : length);
            if (!ends) return !_window.AtEnd;
        }
    }
}
