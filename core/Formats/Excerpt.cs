using System.Text;

namespace FleetMonitor.Core.Formats;

/// <summary>A client's bytes as an error message shows them: 40 bytes at most, in whole characters, on one line.</summary>
internal static class Excerpt
{
    private const int MaxBytes = 40;

    public static string Quoted(ReadOnlySpan<byte> utf8) => $"\"{Of(utf8)}\"";

    public static string Of(ReadOnlySpan<byte> utf8)
    {
        var end = Math.Min(utf8.Length, MaxBytes);
        while (end < utf8.Length && end > 0 && (utf8[end] & 0xC0) == 0x80) end--;
        var text = Encoding.UTF8.GetString(utf8[..end]) + (end < utf8.Length ? "…" : "");
        return string.Create(text.Length, text, static (shown, text) =>
        {
            for (var i = 0; i < shown.Length; i++) shown[i] = char.IsControl(text[i]) ? ' ' : text[i];
        });
    }
}
