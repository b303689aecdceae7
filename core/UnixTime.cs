using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace FleetMonitor.Core;

/// <summary>Times in core are Unix microseconds in UTC, as <see cref="long"/>: what panes, log and wire carry.</summary>
public static class UnixTime
{
    /// <summary>No time was given: the monitor takes the arrival time instead.</summary>
    public const long Missing = long.MinValue;

    public const long Second = 1_000_000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    /// <summary>9999-12-31T23:59:59.999999Z, the last time that <see cref="DateTimeOffset"/> can show.</summary>
    public const long Max = 253_402_300_799_999_999;

    public static long From(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static long From(TimeSpan duration) => duration.Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToDateTime(long micros) => DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(micros, 0, Max) * TimeSpan.TicksPerMicrosecond);

    /// <summary>ISO 8601 with 'Z', and only as many decimals as are needed.</summary>
    public static string Format(long micros) => ToDateTime(micros).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFK", CultureInfo.InvariantCulture);

    /// <summary>RFC 3339, ISO 8601 dates and 'yyyy-MM-dd HH:mm[:ss[.fff]]', also with ' UTC' or a blank and an offset behind; without an offset it is UTC. False for times before 1970 or not a time.</summary>
    /// <remarks>Stricter than <see cref="DateTimeOffset.Parse(string)"/>, which takes "10:00" for a time of today. Decimals beyond microseconds are cut off. About 15 ns.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out long micros)
    {
        micros = Missing;
        if (utf8.Length < 10 || utf8[4] != '-' || utf8[7] != '-') return false;
        if (!Digits(utf8[..4], out var year) || !Digits(utf8[5..7], out var month) || !Digits(utf8[8..10], out var day)) return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        var time = (new DateTime(year, month, day).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        if (utf8.Length > 10)
        {
            if (utf8[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || !TimeOfDay(utf8[11..], out var ofDay)) return false;
            time += ofDay;
        }
        if (time is < 0 or > Max) return false;
        micros = time;
        return true;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out long)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out long micros)
    {
        Span<byte> utf8 = stackalloc byte[64];
        micros = Missing;
        return Encoding.UTF8.TryGetBytes(text, utf8, out var written) && TryParse(utf8[..written], out micros);
    }

    /// <summary>A number since 1970 that, as seconds, milliseconds, microseconds or nanoseconds, is a time from 1980 to 2100, which it can be as one of them only. Decimals beyond microseconds are cut off.</summary>
    /// <remarks>For formats without types, where nothing but a number can stand for a time. Dates such as 20261122, also with a time behind, are none.</remarks>
    public static bool TryParseEpoch(ReadOnlySpan<byte> utf8, out long micros)
    {
        const ulong From1980 = 315_532_800, To2100 = 4_102_444_800;
        micros = Missing;
        var point = utf8.IndexOf((byte)'.');
        var whole = point < 0 ? utf8 : utf8[..point];
        if (!Utf8Parser.TryParse(whole, out ulong number, out var used) || used < whole.Length) return false;
        ReadOnlySpan<ulong> unitsOfASecond = [1, 1_000, 1_000_000, 1_000_000_000];
        foreach (var units in unitsOfASecond)
        {
            if (number / units is < From1980 or >= To2100) continue;
            var time = (long)((UInt128)number * Second / units);
            var worth = Second / (long)units;
            foreach (var digit in utf8[Math.Min(whole.Length + 1, utf8.Length)..])
            {
                if (digit is < (byte)'0' or > (byte)'9') return false;
                worth /= 10;
                time += (digit - '0') * worth;
            }
            micros = time;
            return true;
        }
        return false;
    }

    /// <summary>The start of the pane of <paramref name="size"/> microseconds that holds <paramref name="micros"/>.</summary>
    public static long Floor(long micros, long size) => micros - (((micros % size) + size) % size);

    private static bool TimeOfDay(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (text.Length < 5 || text[2] != ':' || !Digits(text[..2], out var hour) || !Digits(text[3..5], out var minute) || hour > 23 || minute > 59) return false;
        micros = (hour * Hour) + (minute * Minute);
        text = text[5..];
        if (text.Length >= 3 && text[0] == ':')
        {
            if (!Digits(text[1..3], out var second) || second > 59) return false;
            micros += second * Second;
            text = text[3..];
            if (!text.IsEmpty && text[0] == '.')
            {
                var length = text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
                if (length < 0) length = text.Length - 1;
                if (length == 0 || !Digits(text[1..(1 + Math.Min(length, 6))], out var fraction)) return false;
                for (var i = length; i < 6; i++) fraction *= 10;
                micros += fraction;
                text = text[(1 + length)..];
            }
        }
        if (text.IsEmpty || (text.Length == 1 && text[0] is (byte)'Z' or (byte)'z') || text.SequenceEqual(" UTC"u8)) return true;
        if (text.Length > 1 && text[0] == ' ') text = text[1..];
        if (text[0] is not ((byte)'+' or (byte)'-')) return false;
        var minuteAt = text.Length > 3 && text[3] == ':' ? 4 : 3;
        var offsetMinute = 0;
        if (text.Length != 3 && (text.Length != minuteAt + 2 || !Digits(text[minuteAt..], out offsetMinute))) return false;
        if (!Digits(text[1..3], out var offsetHour) || offsetHour > 23 || offsetMinute > 59) return false;
        var offset = (offsetHour * Hour) + (offsetMinute * Minute);
        micros += text[0] == '+' ? -offset : offset;
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var digit in text)
        {
            var number = digit - '0';
            if ((uint)number > 9) return false;
            value = (value * 10) + number;
        }
        return true;
    }
}
