using System.Globalization;

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

    /// <summary>RFC 3339, ISO 8601 dates and 'yyyy-MM-dd HH:mm:ss[.fff]'; without an offset it is UTC. False for times before 1970 or not a time.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long micros)
    {
        micros = Missing;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)) return false;
        if (time < DateTimeOffset.UnixEpoch) return false;
        micros = From(time);
        return true;
    }

    /// <summary>The start of the pane of <paramref name="size"/> microseconds that holds <paramref name="micros"/>.</summary>
    public static long Floor(long micros, long size) => micros - (((micros % size) + size) % size);
}
