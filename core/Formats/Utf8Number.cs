using System.Globalization;

namespace FleetMonitor.Core.Formats;

/// <summary>Decimal text to the nearest float64: an optional sign, digits, decimals, an exponent. No spaces, no names.</summary>
/// <remarks>
/// Up to 2⁵³ and 22 decimals one exact division does it (Clinger, "How to read floating point numbers accurately", 1990);
/// other numbers go to the framework's parser. Beyond float64's range ±infinity. No allocation.
/// </remarks>
internal static class Utf8Number
{
    private const int ExactDigits = 19;

    private static readonly double[] PowersOfTen = [.. Enumerable.Range(0, 23).Select(n => double.Parse($"1e{n}", CultureInfo.InvariantCulture))];

    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        var at = 0;
        var negative = false;
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+')
        {
            negative = text[0] == '-';
            at = 1;
        }
        var mantissa = 0UL;
        var start = at;
        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++) mantissa = (mantissa * 10) + (uint)(text[at] - '0');
        var digits = at - start;
        var decimals = 0;
        if (at < text.Length && text[at] == '.')
        {
            start = ++at;
            for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++) mantissa = (mantissa * 10) + (uint)(text[at] - '0');
            decimals = at - start;
        }
        digits += decimals;
        if (digits == 0) return false;
        if (at == text.Length && digits <= ExactDigits && mantissa <= 1UL << 53)
        {
            value = mantissa / PowersOfTen[decimals];
            if (negative) value = -value;
            return true;
        }
        return IsExponent(text[at..]) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    private static bool IsExponent(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty) return true;
        if (rest[0] is not ((byte)'e' or (byte)'E')) return false;
        rest = rest[1..];
        if (!rest.IsEmpty && rest[0] is (byte)'-' or (byte)'+') rest = rest[1..];
        return !rest.IsEmpty && rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
    }
}
