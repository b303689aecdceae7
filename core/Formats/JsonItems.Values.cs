using System.Text;
using System.Text.Json;

namespace FleetMonitor.Core.Formats;

/// <content>Names, texts, classes, times and ids, each within its limit.</content>
internal abstract partial class JsonItems
{
    /// <summary>The name of a member, unescaped; empty when it is half of a surrogate pair or longer than any that is known. Valid until the next name.</summary>
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
        return Tally.Describes && Fail(field, $"expected names of 1 to {Limits.MaxName} characters, got {Excerpt.Quoted(reader.ValueSpan)}");
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
                return (Utf8Number.TryParse(reader.ValueSpan, out number) && double.IsFinite(number))
                    || Expected(ref reader, field, "a number within float64's range");
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
        var parsed = reader.TokenType == JsonTokenType.String && (reader.ValueIsEscaped
            ? TryText(ref reader, "time", 64, out var text) && UnixTime.TryParse(text, out micros)
            : UnixTime.TryParse(reader.ValueSpan, out micros));
        return parsed || Expected(ref reader, "time", "an RFC 3339 time from 1970 on");
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
        JsonTokenType.String => Excerpt.Quoted(reader.ValueSpan),
        _ => Excerpt.Of(reader.ValueSpan),
    };

    private bool TooLong(string field, int maxBytes, ReadOnlySpan<byte> name) =>
        Tally.Describes && Fail(Path(field, name), $"expected at most {maxBytes} bytes of text");
}
