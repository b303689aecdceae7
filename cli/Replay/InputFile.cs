using System.IO.Compression;
using System.Text;
using FleetMonitor.Core.Formats;

namespace FleetMonitor.Cli.Replay;

/// <summary>A CSV to read: a file or the standard input, plain or gzip, with its first rows looked at before they are read.</summary>
/// <remarks>Compression, encoding and delimiter are told by the content; what was not plain UTF-8 with commas stands in <see cref="Notes"/>.</remarks>
internal sealed class InputFile : IDisposable
{
    public const string StandardInput = "-";

    /// <summary>So much is kept in memory to be looked at first.</summary>
    private const int PrefixBytes = 8 << 20;

    /// <summary>Rows that tell the delimiter.</summary>
    private const int DelimiterRows = 100;

    private static ReadOnlySpan<byte> Blank => " \t\r\n"u8;

    private readonly Stream _source;
    private readonly Stream _content;
    private readonly List<string> _notes = [];
    private char? _delimiter;

    private InputFile(string name, Stream source, Stream content)
    {
        Name = name;
        _source = source;
        _content = content;
        Prefix = ReadUpTo(content, PrefixBytes);
        if (FileSignature.Find(Prefix.Span) is { } other) throw new CommandException(ExitCode.Data, $"{name} is {other}");
        if (TextEncoding.Of(Prefix.Span) is { } encoding)
        {
            _content = Encoding.CreateTranscodingStream(new PrefixedStream(Prefix, content), encoding, Encoding.UTF8);
            Prefix = ReadUpTo(_content, PrefixBytes);
            _notes.Add($"{name} is not UTF-8; it is read as {encoding.WebName}");
        }
        Stream = new PrefixedStream(Prefix, _content);
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>The first bytes, decompressed, in UTF-8; all of a small file.</summary>
    public ReadOnlyMemory<byte> Prefix { get; }

    /// <summary>The whole content, decompressed, in UTF-8.</summary>
    public Stream Stream { get; }

    /// <summary>How much of the file was read, 0 to 1; null for what has no length, as a pipe.</summary>
    public double? Progress => _source is FileStream { CanSeek: true } file && file.Length > 0 ? (double)file.Position / file.Length : null;

    /// <summary>What was decided about the file without being told.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public static InputFile Open(string path, Terminal terminal)
    {
        var name = path == StandardInput ? "standard input" : path;
        if (path != StandardInput && !File.Exists(path)) throw new CommandException(ExitCode.Data, $"no file {path}");
        var source = path == StandardInput ? terminal.OpenInput() : File.OpenRead(path);
        var magic = ReadUpTo(source, 2);
        Stream content = new PrefixedStream(magic, source);
        if (magic is [0x1F, 0x8B]) content = new Unzipped(name, new GZipStream(content, CompressionMode.Decompress));
        return new InputFile(name, source, content);
    }

    /// <summary>Opens a reader at the first row. An empty file and a header that cannot be are errors of the data.</summary>
    public CsvReader ReadHeader() => ReadHeader(Stream);

    /// <summary>The same over <see cref="Prefix"/> alone, as often as wanted; without its last row where the file goes on: it may be cut off.</summary>
    public CsvReader ReadPrefix() => ReadHeader(PrefixStream());

    public void Dispose()
    {
        _content.Dispose();
        _source.Dispose();
    }

    private CsvReader ReadHeader(Stream stream)
    {
        if (IsJson(Prefix.Span)) throw new CommandException(ExitCode.Data, $"{Name} is JSON; expected a CSV with a header (send takes NDJSON, named .ndjson)");
        var first = _delimiter is null;
        _delimiter ??= Delimiter();
        var reader = Reader(stream, _delimiter.Value);
        try
        {
            reader.ReadHeader();
        }
        catch (DocumentException exception)
        {
            throw new CommandException(ExitCode.Data, $"{Name}: {exception.Message}");
        }
        if (!first) return reader;
        if (_delimiter != ',') _notes.Add($"the fields of {Name} are taken to be separated by {(_delimiter == '\t' ? "tabs" : $"\"{_delimiter}\"")}");
        _notes.AddRange(reader.Renamed.Select(column => $"{Name} has another column \"{column.Name}\"; it is called \"{column.As}\""));
        return reader;
    }

    /// <summary>The delimiter with which most of the first rows have a header's fields, of more than one; of several such the one with the most fields.</summary>
    private char Delimiter()
    {
        var (best, most) = (',', (Rows: -1, Fields: 0));
        foreach (var delimiter in ",;\t|")
        {
            var reader = Reader(PrefixStream(), delimiter);
            try
            {
                reader.ReadHeader();
            }
            catch (DocumentException)
            {
                continue;
            }
            if (reader.Header.Count == 1) continue;
            var rows = 0;
            for (var row = 0; row < DelimiterRows && reader.Read(); row++) rows += reader.Error is null ? 1 : 0;
            if ((rows, reader.Header.Count).CompareTo(most) > 0) (best, most) = (delimiter, (rows, reader.Header.Count));
        }
        return best;
    }

    private static bool IsJson(ReadOnlySpan<byte> start)
    {
        start = start.TrimStart(Blank);
        if (start.IsEmpty || start[0] is not ((byte)'{' or (byte)'[')) return false;
        return start[1..].TrimStart(Blank) is [var next, ..] && next == (start[0] == '{' ? (byte)'"' : (byte)'{');
    }

    private PrefixedStream PrefixStream()
    {
        var rows = Prefix.Length < PrefixBytes ? Prefix : Prefix[..Math.Max(0, Prefix.Span.LastIndexOfAny((byte)'\n', (byte)'\r'))];
        return new PrefixedStream(rows, System.IO.Stream.Null);
    }

    private static CsvReader Reader(Stream stream, char delimiter) => new(stream, DecodeLimits.Default) { Delimiter = delimiter, RenameRepeated = true };

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
    private sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : ForwardStream
    {
        private ReadOnlyMemory<byte> _prefix = prefix;

        public override int Read(Span<byte> buffer)
        {
            if (_prefix.IsEmpty) return rest.Read(buffer);
            var count = Math.Min(_prefix.Length, buffer.Length);
            _prefix.Span[..count].CopyTo(buffer);
            _prefix = _prefix[count..];
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) rest.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>Gzip that is whole: of damaged data, and of data that breaks off, the file's name is told.</summary>
    private sealed class Unzipped(string name, GZipStream gzip) : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            try
            {
                return gzip.Read(buffer);
            }
            catch (InvalidDataException exception)
            {
                throw new InvalidDataException($"{name}: its gzip data breaks off or is damaged: {exception.Message}", exception);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) gzip.Dispose();
            base.Dispose(disposing);
        }
    }
}
