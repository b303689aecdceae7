namespace FleetMonitor.Api.References;

/// <summary>A Parquet file in memory that fails where the reader would go on for ever: behind its end, or over the same pages again and again.</summary>
internal sealed class ParquetBytes : MemoryStream
{
    private long _left;

    public ParquetBytes(byte[] buffer, int length) : base(buffer, 0, length, writable: false, publiclyVisible: true) => _left = (length * 4L) + (1 << 20);

    public ReadOnlySpan<byte> Bytes => GetBuffer().AsSpan(0, (int)Length);

    public override int Read(byte[] buffer, int offset, int count) => Took(base.Read(buffer, offset, count), count);

    public override int Read(Span<byte> buffer)
    {
        var read = Math.Min(buffer.Length, (int)Math.Max(0, Length - Position));
        Bytes.Slice((int)Math.Min(Position, Length), read).CopyTo(buffer);
        Position += read;
        return Took(read, buffer.Length);
    }

    public override int ReadByte()
    {
        Took(Position < Length ? 1 : 0, 1);
        return base.ReadByte();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    private int Took(int read, int asked)
    {
        _left -= read;
        if ((read == 0 && asked > 0) || _left < 0) throw new EndOfStreamException("its pages are not where its footer says");
        return read;
    }
}
