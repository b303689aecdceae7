using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace FleetMonitor.Cli.Replay;

/// <summary>The encoding of a text, told by its first bytes.</summary>
internal static class TextEncoding
{
    /// <summary>UTF-16 by its byte order mark; Windows-1252 (of which Latin-1 is a part) where no byte beyond ASCII is part of a UTF-8 character. Null: UTF-8.</summary>
    /// <remarks>A text with some characters of UTF-8 is UTF-8: its other rows are damaged, and rejected one by one.</remarks>
    public static Encoding? Of(ReadOnlySpan<byte> prefix)
    {
        if (prefix.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])) return Encoding.Unicode;
        if (prefix.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return Encoding.BigEndianUnicode;
        if (Utf8.IsValid(prefix)) return null;
        var any = false;
        while (prefix.IndexOfAnyExceptInRange((byte)0, (byte)0x7F) is var at and >= 0)
        {
            prefix = prefix[at..];
            var status = Rune.DecodeFromUtf8(prefix, out _, out var length);
            if (status == OperationStatus.Done) return null;
            // The first bytes may end within a character.
            any |= status == OperationStatus.InvalidData;
            prefix = prefix[length..];
        }
        return any ? CodePagesEncodingProvider.Instance.GetEncoding(1252) : null;
    }
}
