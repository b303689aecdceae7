using System.Text;
using System.Text.Unicode;

namespace FleetMonitor.Core.Formats;

/// <summary>Rows of a CSV with a header, one at a time from a stream, as spans of its own buffer.</summary>
/// <remarks>
/// RFC 4180: fields between commas (or another <see cref="Delimiter"/>); a quoted field may hold them, line ends and doubled quotes. Rows end in LF, CRLF or CR. Blank lines are skipped.
/// Quotes inside an unquoted field are text. A row that is wrong is returned with an <see cref="Error"/> and no fields, and reading goes on behind it:
/// a quote that nothing closes within <see cref="DecodeLimits.MaxRowBytes"/> (or before the end) costs its own line only.
/// Memory: one row, at most that many bytes. No allocation per row.
/// </remarks>
public sealed class CsvReader
{
    private const byte Quote = (byte)'"', Lf = (byte)'\n', Cr = (byte)'\r';

    /// <summary>Fields that a row is scanned for at most, whatever its header says.</summary>
    private const int MaxFields = 16_384;

    private readonly StreamWindow _window;
    private readonly DecodeLimits _limits;
    private readonly byte _delimiter = (byte)',';
    private (int Start, int Length)[] _fields = new (int, int)[32];
    private int _count;
    private int _used;
    private long _nextLine = 1;
    private bool _anyDoubled;
    private bool _anyQuoted;
    private bool _skipping;
    private bool _last;

    public CsvReader(Stream stream, DecodeLimits limits)
    {
        _limits = limits;
        _window = new StreamWindow(stream, limits);
    }

    private enum Scan
    {
        Row,
        Blank,
        More,
        End,
    }

    /// <summary>The ASCII character between fields.</summary>
    public char Delimiter { get => (char)_delimiter; init => _delimiter = checked((byte)value); }

    /// <summary>Whether a name that comes again is taken as NAME.1, NAME.2, as pandas does (<see cref="Renamed"/>), rather than refused.</summary>
    public bool RenameRepeated { get; init; }

    /// <summary>The columns' names; empty before <see cref="ReadHeader"/>.</summary>
    public IReadOnlyList<string> Header { get; private set; } = [];

    /// <summary>The names that came again, and what they are called instead.</summary>
    public IReadOnlyList<(string Name, string As)> Renamed { get; private set; } = [];

    /// <summary>The line of the file where the row starts, from 1. Line ends within quotes count.</summary>
    public long Line { get; private set; }

    /// <summary>What is wrong with the row; null when it has a field for every column.</summary>
    public string? Error { get; private set; }

    /// <summary>A field of the row, unquoted. Valid until the next row.</summary>
    public ReadOnlySpan<byte> this[int column] => _window.Bytes.Slice(_fields[column].Start, _fields[column].Length);

    /// <summary>Reads the first row. Throws <see cref="DocumentException"/> when there is none, or when a name comes twice and <see cref="RenameRepeated"/> is off.</summary>
    public IReadOnlyList<string> ReadHeader()
    {
        var any = Read();
        return Names(any);
    }

    /// <inheritdoc cref="ReadHeader"/>
    public async ValueTask<IReadOnlyList<string>> ReadHeaderAsync(CancellationToken cancellation = default)
    {
        var any = await ReadAsync(cancellation).ConfigureAwait(false);
        return Names(any);
    }

    /// <summary>Goes to the next row, good or not; false at the end.</summary>
    public bool Read()
    {
        Release();
        while (true)
        {
            switch (Next())
            {
                case Scan.Row: return true;
                case Scan.End: return false;
                case Scan.More: _window.Fill(); break;
                default: break;
            }
        }
    }

    /// <inheritdoc cref="Read"/>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation = default)
    {
        Release();
        while (true)
        {
            switch (Next())
            {
                case Scan.Row: return true;
                case Scan.End: return false;
                case Scan.More: await _window.FillAsync(cancellation).ConfigureAwait(false); break;
                default: break;
            }
        }
    }

    private IReadOnlyList<string> Names(bool any)
    {
        if (!any) throw new DocumentException("expected a header with the columns' names, got an empty file") { Line = 1 };
        if (Error is not null) throw new DocumentException($"expected a header with the columns' names: {Error}") { Line = Line };
        var names = new string[_count];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var repeated = new List<int>();
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = Encoding.UTF8.GetString(this[i]);
            // Columns without a name may be several: nobody can mean one of them.
            if (names[i].Length == 0 || seen.Add(names[i])) continue;
            if (!RenameRepeated) throw new DocumentException($"the header has two columns \"{names[i]}\"") { Line = Line };
            repeated.Add(i);
        }
        Renamed = [.. repeated.Select(i => (names[i], names[i] = Free(names[i], seen)))];
        return Header = names;
    }

    private static string Free(string name, HashSet<string> taken)
    {
        for (var number = 1; ; number++)
        {
            var free = $"{name}.{number}";
            if (taken.Add(free)) return free;
        }
    }

    private void Release()
    {
        _window.Advance(_used);
        _used = 0;
        Error = null;
    }

    private Scan Next()
    {
        if (_skipping && !SkipLine(_window.Bytes)) return DropWindow();
        var bytes = _window.Bytes;
        if (bytes.IsEmpty) return _window.AtEnd ? Scan.End : Scan.More;
        // What a row may be must not depend on how much the stream happened to give.
        if (bytes.Length > _limits.MaxRowBytes) bytes = bytes[.._limits.MaxRowBytes];
        _last = _window.AtEnd && bytes.Length == _window.Bytes.Length;
        var at = ScanFields(bytes, out var inQuotes);
        if (at < 0)
        {
            if (!_last && bytes.Length < _limits.MaxRowBytes) return Scan.More;
            return inQuotes ? Unclosed(bytes) : TooLong(bytes);
        }
        Line = _nextLine;
        _used = at;
        _nextLine++;
        if (_anyQuoted) _nextLine += LineEndsWithin(bytes[..at]);
        if (_count == 1 && !_anyQuoted && this[0].TrimStart(" \t"u8).IsEmpty)
        {
            Release();
            return Scan.Blank;
        }
        if (Error is null) Check(bytes[..at]);
        if (Error is null && _anyDoubled) Undouble(bytes);
        return Scan.Row;
    }

    /// <summary>Finds the row's fields. The position behind the row, or -1 when it does not end in these bytes.</summary>
    private int ScanFields(ReadOnlySpan<byte> bytes, out bool inQuotes)
    {
        _count = 0;
        _anyDoubled = _anyQuoted = inQuotes = false;
        Error = null;
        var at = 0;
        while (true)
        {
            int start, length;
            if (at < bytes.Length && bytes[at] == Quote)
            {
                _anyQuoted = true;
                start = at + 1;
                length = ClosingQuote(bytes[start..]);
                if (length < 0)
                {
                    inQuotes = true;
                    return -1;
                }
                at = start + length + 1;
                if (at < bytes.Length && bytes[at] != _delimiter && bytes[at] is not (Lf or Cr))
                {
                    Error ??= $"expected a {(Delimiter == ',' ? "comma" : "delimiter")} behind the closing quote of field {_count + 1}, got {Excerpt.Quoted(bytes[at..(at + 1)])}";
                    var rest = bytes[at..].IndexOfAny(_delimiter, Lf, Cr);
                    if (rest < 0 && !_last) return -1;
                    at += rest < 0 ? bytes.Length - at : rest;
                }
            }
            else
            {
                start = at;
                length = bytes[at..].IndexOfAny(_delimiter, Lf, Cr);
                if (length < 0)
                {
                    if (!_last) return -1;
                    length = bytes.Length - at;
                }
                at += length;
            }
            AddField(start, length);
            if (at == bytes.Length) return _last ? at : -1;
            if (bytes[at] == _delimiter)
            {
                at++;
                continue;
            }
            if (bytes[at] == Lf) return at + 1;
            // A CR at the end of what was read may be half of a CRLF.
            if (at + 1 == bytes.Length) return _last ? at + 1 : -1;
            return bytes[at + 1] == Lf ? at + 2 : at + 1;
        }
    }

    /// <summary>The length of a quoted field, doubled quotes counted twice; -1 when its quote is not closed in these bytes.</summary>
    private int ClosingQuote(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (true)
        {
            var quote = bytes[at..].IndexOf(Quote);
            if (quote < 0) return -1;
            at += quote;
            if (at + 1 == bytes.Length) return _last ? at : -1;
            if (bytes[at + 1] != Quote) return at;
            _anyDoubled = true;
            at += 2;
        }
    }

    private void AddField(int start, int length)
    {
        if (_count == MaxFields)
        {
            Error ??= $"expected at most {MaxFields} fields";
            return;
        }
        if (_count == _fields.Length) Array.Resize(ref _fields, _fields.Length * 2);
        _fields[_count++] = (start, length);
    }

    private void Check(ReadOnlySpan<byte> row)
    {
        if (Header.Count > 0 && _count != Header.Count) Error = $"expected {Header.Count} fields, got {_count}";
        else if (!Utf8.IsValid(row)) Error = "not valid UTF-8";
    }

    private void Undouble(Span<byte> bytes)
    {
        for (var i = 0; i < _count; i++)
        {
            var (start, length) = _fields[i];
            // Only in a quoted field, whose start is behind its quote, are two quotes one.
            if (start == 0 || bytes[start - 1] != Quote) continue;
            var field = bytes.Slice(start, length);
            var to = field.IndexOf(Quote);
            if (to < 0) continue;
            for (var from = to; from < field.Length; from++)
            {
                field[to++] = field[from];
                if (field[from] == Quote) from++;
            }
            _fields[i] = (start, to);
        }
    }

    /// <summary>A quote that nothing closes: only the line that it is on is lost.</summary>
    private Scan Unclosed(ReadOnlySpan<byte> bytes)
    {
        Line = _nextLine++;
        Error = _last ? "expected a closing quote, got the end of the file" : $"expected a closing quote within {_limits.MaxRowBytes} bytes";
        var end = bytes.IndexOfAny(Lf, Cr);
        _used = end < 0 ? bytes.Length : end;
        _skipping = true;
        return Scan.Row;
    }

    private Scan TooLong(ReadOnlySpan<byte> bytes)
    {
        Line = _nextLine++;
        Error = $"expected a row of at most {_limits.MaxRowBytes} bytes";
        // A CR here may be half of a CRLF.
        _used = bytes[^1] == Cr ? bytes.Length - 1 : bytes.Length;
        _skipping = true;
        return Scan.Row;
    }

    /// <summary>Drops the rest of a row that is too long; false when it goes on beyond these bytes.</summary>
    private bool SkipLine(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny(Lf, Cr);
        if (end < 0 || (bytes[end] == Cr && end + 1 == bytes.Length && !_window.AtEnd)) return false;
        _window.Advance(bytes[end] == Cr && end + 1 < bytes.Length && bytes[end + 1] == Lf ? end + 2 : end + 1);
        _skipping = false;
        return true;
    }

    private Scan DropWindow()
    {
        var bytes = _window.Bytes;
        // A CR at the end of what was read may be half of a CRLF.
        _window.Advance(!_window.AtEnd && !bytes.IsEmpty && bytes[^1] == Cr ? bytes.Length - 1 : bytes.Length);
        return _window.AtEnd ? Scan.End : Scan.More;
    }

    private static int LineEndsWithin(ReadOnlySpan<byte> row)
    {
        row = row.TrimEnd("\r\n"u8);
        var lines = 0;
        for (var at = row.IndexOfAny(Lf, Cr); at >= 0; at = row.IndexOfAny(Lf, Cr))
        {
            lines++;
            row = row[(row[at] == Cr && at + 1 < row.Length && row[at + 1] == Lf ? at + 2 : at + 1)..];
        }
        return lines;
    }
}
