using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FleetMonitor.Core.Formats;

/// <summary>Walks a JSON document or NDJSON lines item by item: keeps the good ones, says of each bad one what is wrong, and finds the end of both.</summary>
/// <remarks>
/// One pass of <see cref="Utf8JsonReader"/>, no tree. An item is undone and skipped at its first mistake. Bytes that are not UTF-8 cannot be structure in JSON,
/// so they too cost only their item. Strings are transcoded into one reused buffer; known texts make no string.
/// </remarks>
internal abstract class JsonItems(DecodeLimits limits, string list)
{
    /// <summary>So many first lines without an object among them are not NDJSON.</summary>
    private const int HopelessLines = 100;

    private const int LongestGot = 40;

    private readonly JsonReaderOptions _options = new() { MaxDepth = limits.MaxDepth };
    private readonly byte[] _name = new byte[limits.MaxName * 6];
    private char[] _text = new char[limits.MaxName * 3];
    private ItemError? _error;
    private long? _line;
    private bool _anyObject;

    protected DecodeLimits Limits { get; } = limits;

    protected Tally Tally { get; } = new(limits.MaxErrors);

    private string Shape => $"{{\"{list}\":[…]}} or an array";

    protected abstract void Begin();

    /// <summary>Reads one item, from its first token to its last. False after <see cref="Fail"/>, wherever the reader is then.</summary>
    protected abstract bool Read(scoped ref Utf8JsonReader reader);

    protected abstract void Keep();

    protected abstract void Undo();

    public void Document(ReadOnlySpan<byte> utf8)
    {
        if (utf8.TrimStart(" \t\r\n"u8).IsEmpty) throw new DocumentException($"expected {Shape}, got an empty body");
        var bom = Bom(utf8);
        utf8 = utf8[bom..];
        var reader = new Utf8JsonReader(utf8, _options);
        var isUtf8 = Utf8.IsValid(utf8);
        try
        {
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray: Items(ref reader, utf8, isUtf8); break;
                case JsonTokenType.StartObject: Members(ref reader, utf8, isUtf8); break;
                default: throw new DocumentException($"expected {Shape}, got {Got(ref reader)}");
            }
            reader.Read();
        }
        catch (JsonException exception)
        {
            var at = bom + Offset(utf8, exception);
            throw new DocumentException($"item {Tally.Items}, byte {at}: {Reason(exception)}", exception) { ByteOffset = at };
        }
    }

    public void Lines(ReadOnlySpan<byte> ndjson)
    {
        ndjson = ndjson[Bom(ndjson)..];
        for (var number = 1L; !ndjson.IsEmpty; number++)
        {
            var end = ndjson.IndexOf((byte)'\n');
            Line(end < 0 ? ndjson : ndjson[..end], number);
            ndjson = end < 0 ? default : ndjson[(end + 1)..];
        }
    }

    /// <summary>One line without its end; a blank one is no item.</summary>
    public void Line(ReadOnlySpan<byte> line, long number)
    {
        line = line.Trim(" \t\r"u8);
        if (line.IsEmpty) return;
        _line = number;
        var index = Next();
        Begin();
        var kept = false;
        try
        {
            if (Utf8.IsValid(line))
            {
                var reader = new Utf8JsonReader(line, _options);
                reader.Read();
                var isObject = reader.TokenType == JsonTokenType.StartObject;
                kept = Read(ref reader) && !reader.Read();
                _anyObject |= isObject;
            }
            else
            {
                Fail("", "not valid UTF-8");
            }
        }
        catch (JsonException exception)
        {
            kept = false;
            _error = null;
            Fail("", $"{Reason(exception)} (byte {exception.BytePositionInLine})");
        }
        if (!kept && !_anyObject && Tally.Items + 1 == HopelessLines)
        {
            throw new DocumentException($"expected a JSON object on each line; none of the first {HopelessLines} is one") { Line = number };
        }
        Finish(index, kept);
    }

    /// <summary>A line that was not even read.</summary>
    public void RejectLine(long number, string message)
    {
        _line = number;
        var index = Next();
        Fail("", message);
        RejectItem(index);
    }

    protected bool Fail(string field, string message)
    {
        if (Tally.Describes) _error ??= new ItemError(0, field, _line is null ? message : $"line {_line}: {message}") { Line = _line };
        return false;
    }

    /// <summary>Fails with what was expected and the value at which the reader stands.</summary>
    protected bool Expected(scoped ref Utf8JsonReader reader, string field, string expected, scoped ReadOnlySpan<byte> name = default) =>
        Tally.Describes && Fail(Path(field, name), $"expected {expected}, got {Got(ref reader)}");

    protected static string Path(string field, ReadOnlySpan<byte> name) => name.IsEmpty ? field : $"{field}.{Encoding.UTF8.GetString(name)}";

    /// <summary>The name of a member, unescaped; empty when it is no text (half of a surrogate pair) or longer than any that is known. Valid until the next name.</summary>
    protected ReadOnlySpan<byte> MemberName(scoped ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return reader.ValueSpan;
        if (reader.ValueSpan.Length > _name.Length) return default;
        try
        {
            return _name.AsSpan(0, reader.CopyString(_name));
        }
        catch (InvalidOperationException)
        {
            return default;
        }
    }

    /// <summary>The name of a feature, class or tag, within its length.</summary>
    protected bool TryName(scoped ref Utf8JsonReader reader, string field, out ReadOnlySpan<byte> name)
    {
        name = MemberName(ref reader);
        if (!name.IsEmpty && (name.Length <= Limits.MaxName || Encoding.UTF8.GetCharCount(name) <= Limits.MaxName)) return true;
        return Tally.Describes && Fail(field, $"expected names of 1 to {Limits.MaxName} characters, got {Quoted(reader.ValueSpan)}");
    }

    /// <summary>The string at which the reader stands, unescaped. Valid until the next text.</summary>
    protected bool TryText(scoped ref Utf8JsonReader reader, string field, int maxBytes, out ReadOnlySpan<char> text, scoped ReadOnlySpan<byte> name = default)
    {
        text = default;
        var raw = reader.ValueSpan;
        // An escape of 6 bytes stands for at least one.
        if (raw.Length > (reader.ValueIsEscaped ? maxBytes * 6L : maxBytes)) return TooLong(field, maxBytes, name);
        if (raw.Length > _text.Length) _text = new char[Math.Max(raw.Length, _text.Length * 2)];
        if (!reader.ValueIsEscaped)
        {
            text = _text.AsSpan(0, Encoding.UTF8.GetChars(raw, _text));
            return true;
        }
        try
        {
            text = _text.AsSpan(0, reader.CopyString(_text));
        }
        catch (InvalidOperationException)
        {
            return Expected(ref reader, field, "whole characters", name);
        }
        return Encoding.UTF8.GetByteCount(text) <= maxBytes || TooLong(field, maxBytes, name);
    }

    /// <summary>A class or a regression's value: a text, or a number (else NaN).</summary>
    protected bool TryLabel(scoped ref Utf8JsonReader reader, string field, out double number, out ReadOnlySpan<char> text)
    {
        number = double.NaN;
        text = default;
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return (Utf8Number.TryParse(reader.ValueSpan, out number) && double.IsFinite(number)) || Expected(ref reader, field, "a number within float64's range");
            case JsonTokenType.String:
                if (!TryText(ref reader, field, Limits.MaxName * 3, out text)) return false;
                if (text.Length > 0 && text.Length <= Limits.MaxName) return true;
                return Expected(ref reader, field, $"1 to {Limits.MaxName} characters");
            case JsonTokenType.True:
                text = "true";
                return true;
            case JsonTokenType.False:
                text = "false";
                return true;
            default:
                return Expected(ref reader, field, "a string, a number or a bool");
        }
    }

    protected bool TryTime(scoped ref Utf8JsonReader reader, out long micros)
    {
        micros = UnixTime.Missing;
        if (reader.TokenType == JsonTokenType.String)
        {
            if (reader.ValueIsEscaped ? TryText(ref reader, "time", 64, out var text) && UnixTime.TryParse(text, out micros) : UnixTime.TryParse(reader.ValueSpan, out micros)) return true;
        }
        return Expected(ref reader, "time", "an RFC 3339 time from 1970 on");
    }

    /// <summary>An id: a string, or an integer as it is written. Valid until the next name.</summary>
    protected bool TryId(scoped ref Utf8JsonReader reader, out ReadOnlySpan<byte> id)
    {
        id = default;
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                id = reader.ValueSpan;
                if (id[^1] is >= (byte)'0' and <= (byte)'9' && id.IndexOfAny(".eE"u8) < 0) break;
                return Expected(ref reader, "id", "a string or an integer");
            case JsonTokenType.String when reader.ValueIsEscaped:
                if (!TryText(ref reader, "id", Limits.MaxId, out var text)) return false;
                id = Encoding.UTF8.GetBytes(text.ToString());
                break;
            case JsonTokenType.String:
                id = reader.ValueSpan;
                break;
            default:
                return Expected(ref reader, "id", "a string or an integer");
        }
        return (id.Length >= 1 && id.Length <= Limits.MaxId) || Expected(ref reader, "id", $"1 to {Limits.MaxId} bytes");
    }

    protected static string Got(scoped ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => Quoted(reader.ValueSpan),
        _ => Shorten(reader.ValueSpan),
    };

    private bool TooLong(string field, int maxBytes, ReadOnlySpan<byte> name) => Tally.Describes && Fail(Path(field, name), $"expected at most {maxBytes} bytes of text");

    internal static string Quoted(ReadOnlySpan<byte> text) => $"\"{Shorten(text)}\"";

    internal static string Shorten(ReadOnlySpan<byte> text)
    {
        if (text.Length <= LongestGot) return Encoding.UTF8.GetString(text);
        var end = LongestGot;
        while (end > 0 && (text[end] & 0xC0) == 0x80) end--;
        return Encoding.UTF8.GetString(text[..end]) + "…";
    }

    internal static int Bom(ReadOnlySpan<byte> utf8) => utf8.StartsWith("\uFEFF"u8) ? 3 : 0;

    private void Members(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, bool isUtf8)
    {
        var found = false;
        string? other = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!MemberName(ref reader).SequenceEqual(Encoding.UTF8.GetBytes(list)))
            {
                other ??= Quoted(reader.ValueSpan);
                reader.Skip();
                continue;
            }
            reader.Read();
            if (found) throw new DocumentException($"\"{list}\" is given twice");
            if (reader.TokenType != JsonTokenType.StartArray) throw new DocumentException($"{list}: expected an array, got {Got(ref reader)}");
            found = true;
            Items(ref reader, utf8, isUtf8);
        }
        if (!found) throw new DocumentException($"expected {Shape}, got an object {(other is null ? "without members" : $"with {other}")}");
    }

    private void Items(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, bool isUtf8)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var index = Next();
            var start = reader;
            Begin();
            var kept = (isUtf8 || IsUtf8(reader, utf8)) && Read(ref reader);
            if (!kept)
            {
                reader = start;
                reader.Skip();
            }
            Finish(index, kept);
        }
    }

    private bool IsUtf8(Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return Utf8.IsValid(utf8[start..(int)reader.BytesConsumed]) || Fail("", $"not valid UTF-8 (from byte {start})");
    }

    private int Next()
    {
        if (Tally.Items >= Limits.MaxItems) throw new LimitException("items", Limits.MaxItems);
        return Tally.Items;
    }

    private void Finish(int index, bool kept)
    {
        if (kept)
        {
            Keep();
            Tally.Keep(index);
            return;
        }
        Undo();
        RejectItem(index);
    }

    private void RejectItem(int index)
    {
        Tally.Reject(_error is null ? null : _error with { Index = index });
        _error = null;
    }

    private static long Offset(ReadOnlySpan<byte> utf8, JsonException exception)
    {
        var start = 0;
        for (var line = exception.LineNumber ?? 0; line > 0; line--) start += utf8[start..].IndexOf((byte)'\n') + 1;
        return start + (exception.BytePositionInLine ?? 0);
    }

    private static string Reason(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? exception.Message : exception.Message[..end]).TrimEnd('.');
    }
}
