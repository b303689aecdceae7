namespace FleetMonitor.Core.Formats;

/// <summary>The part of a stream that was read and not yet used, in one reused array that moves along it.</summary>
/// <remarks>At most about twice <see cref="DecodeLimits.MaxRowBytes"/>, however long the stream is. A UTF-8 byte order mark is taken off.</remarks>
internal sealed class StreamWindow(Stream stream, DecodeLimits limits)
{
    private const int Initial = 1 << 18;

    /// <summary>A row that is longer so far is read on to twice its length before it is looked at again, so that small reads stay linear in time.</summary>
    private const int Long = 1 << 16;

    private byte[] _bytes = new byte[Math.Min(Initial, Math.Max(16, limits.MaxRowBytes))];
    private int _start;
    private int _end;
    private long _read;
    private bool _started;

    public bool AtEnd { get; private set; }

    public Span<byte> Bytes => _bytes.AsSpan(_start, _end - _start);

    /// <summary>The length of the byte order mark at the start of a document; 0 without one.</summary>
    public static int Bom(ReadOnlySpan<byte> utf8) => utf8.StartsWith("\uFEFF"u8) ? 3 : 0;

    public void Advance(int count) => _start += count;

    public void Fill()
    {
        var enough = Enough();
        do Took(stream.Read(Room().Span));
        while (!Start() || (Bytes.Length < enough && !AtEnd));
    }

    public async ValueTask FillAsync(CancellationToken cancellation)
    {
        var enough = Enough();
        do Took(await stream.ReadAsync(Room(), cancellation).ConfigureAwait(false));
        while (!Start() || (Bytes.Length < enough && !AtEnd));
    }

    private int Enough() => Bytes.Length < Long ? 0 : Bytes.Length * 2;

    private Memory<byte> Room()
    {
        if (_start > 0)
        {
            Bytes.CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }
        if (_end == _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, 16));
        return _bytes.AsMemory(_end);
    }

    private void Took(int count)
    {
        AtEnd = count == 0;
        _end += count;
        _read += count;
        if (_read > limits.MaxBytes) throw new LimitException("bytes", limits.MaxBytes);
    }

    private bool Start()
    {
        if (_started) return true;
        if (_end < 3 && !AtEnd) return false;
        _started = true;
        _start = Bom(Bytes);
        return true;
    }
}
