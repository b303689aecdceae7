using System.Text;

namespace FleetMonitor.Storage;

/// <summary>PostgreSQL's text holds every character but U+0000, and nothing that is no character.</summary>
internal static class PostgresText
{
    /// <summary>A name must fit into a page of an index.</summary>
    private const int MaxNameBytes = 2000;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">A name that the database cannot hold.</exception>
    public static void ThrowIfNotAName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Contains('\0', StringComparison.Ordinal) || !IsUnicode(name) || Strict.GetByteCount(name) > MaxNameBytes)
        {
            throw new ArgumentException($"A model's name is Unicode without U+0000, of at most {MaxNameBytes} bytes.", nameof(name));
        }
    }

    /// <summary>The text with U+FFFD for what the database cannot hold.</summary>
    public static string Storable(string? text)
    {
        if (text is null) return "";
        if (!text.Contains('\0', StringComparison.Ordinal) && IsUnicode(text)) return text;
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD')));
    }

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return false;
            i++;
        }
        return true;
    }
}
