using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FleetMonitor.Core.Formats;

/// <summary>Walks a JSON document or NDJSON lines item by item: keeps the good ones, says of each bad one what is wrong, and finds the end of both.</summary>
/// <remarks>
/// One pass of <see cref="Utf8JsonReader"/>, no tree. An item is undone and skipped at its first mistake. Bytes that are not UTF-8 cannot be structure in JSON,
/// so they too cost only their item. Strings are transcoded into one reused buffer; known texts make no string.
/// </remarks>
internal abstract partial class JsonItems(DecodeLimits limits, string list)
{
    /// <summary>So many first lines without an object among them are not NDJSON.</summary>
    private const int HopelessLines = 100;

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
        var bom = StreamWindow.Bom(utf8);
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
        ndjson = ndjson[StreamWindow.Bom(ndjson)..];
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

    private void Members(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, bool isUtf8)
    {
        var found = false;
        string? other = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!MemberName(ref reader).SequenceEqual(Encoding.UTF8.GetBytes(list)))
            {
                other ??= Excerpt.Quoted(reader.ValueSpan);
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
