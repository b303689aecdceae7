using System.IO.Compression;
using FleetMonitor.Core.Formats;

namespace FleetMonitor.Cli.Replay;

/// <summary>A CSV to read: a file or the standard input, plain or gzip (told by its first bytes), with its first rows looked at before they are read.</summary>
internal sealed class InputFile : IDisposable
{
    public const string StandardInput = "-";

    /// <summary>So much is kept in memory to be looked at first.</summary>
    private const int PrefixBytes = 8 << 20;

    private readonly Stream _source;
    private readonly Stream _content;

    private InputFile(string name, Stream source, Stream content, byte[] prefix)
    {
        Name = name;
        _source = source;
        _content = content;
        Prefix = prefix;
        Stream = new PrefixedStream(prefix, content);
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>The first bytes, decompressed; all of a small file.</summary>
    public ReadOnlyMemory<byte> Prefix { get; }

    /// <summary>The prefix without its last row where the file goes on: it may be cut off.</summary>
    public ReadOnlyMemory<byte> WholeRows => Prefix.Length < PrefixBytes ? Prefix : Prefix[..Math.Max(0, Prefix.Span.LastIndexOfAny((byte)'\n', (byte)'\r'))];

    /// <summary>The whole content, decompressed.</summary>
    public Stream Stream { get; }

    /// <summary>How much of the file was read, 0 to 1; null for the standard input.</summary>
    public double? Progress => _source is FileStream { Length: > 0 and var length } ? (double)_source.Position / length : null;

    public static InputFile Open(string path, Terminal terminal)
    {
        var name = path == StandardInput ? "standard input" : path;
        if (path != StandardInput && !File.Exists(path)) throw new CommandException(ExitCode.Data, $"no file {path}");
        var source = path == StandardInput ? terminal.OpenInput() : File.OpenRead(path);
        var magic = ReadUpTo(source, 2);
        Stream content = new PrefixedStream(magic, source);
        if (magic is [0x1F, 0x8B]) content = new GZipStream(content, CompressionMode.Decompress);
        return new InputFile(name, source, content, ReadUpTo(content, PrefixBytes));
    }

    /// <summary>Opens a reader at the first row. An empty file and a header that cannot be are errors of the data.</summary>
    public CsvReader ReadHeader(ReadOnlyMemory<byte>? part = null)
    {
        var reader = new CsvReader(part is { } bytes ? new PrefixedStream(bytes, System.IO.Stream.Null) : Stream, DecodeLimits.Default);
        try
        {
            reader.ReadHeader();
            return reader;
        }
        catch (DocumentException exception)
        {
            throw new CommandException(ExitCode.Data, $"{Name}: {exception.Message}");
        }
    }

    public void Dispose()
    {
        _content.Dispose();
        _source.Dispose();
    }

    private static byte[] ReadUpTo(Stream stream, int count)
    {
        var bytes = new byte[Math.Min(count, 1 << 16)];
        var length = 0;
        while (true)
        {
            length += stream.ReadAtLeast(bytes.AsSpan(length), bytes.Length - length, throwOnEndOfStream: false);
            if (length < bytes.Length || length == count) return bytes[..length];
            Array.Resize(ref bytes, Math.Min(count, length * 2));
        }
    }

    /// <summary>Some bytes, then a stream.</summary>
    private sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : Stream
    {
        private ReadOnlyMemory<byte> _prefix = prefix;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            if (_prefix.IsEmpty) return rest.Read(buffer);
            var count = Math.Min(_prefix.Length, buffer.Length);
            _prefix.Span[..count].CopyTo(buffer);
            _prefix = _prefix[count..];
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
