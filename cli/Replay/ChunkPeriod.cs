using System.Globalization;
using FleetMonitor.Core;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>The event time of a chunk, in UTC: a duration, aligned to the Unix epoch as the monitor's panes are; whole weeks from a Monday; or calendar months.</summary>
/// <remarks>Months are counted from January of the year 0, so that 3M are quarters and 12M years.</remarks>
internal readonly record struct ChunkPeriod
{
    private const long Week = 7 * UnixTime.Day;

    /// <summary>1970-01-05, the first Monday.</summary>
    private const long Monday = 4 * UnixTime.Day;

    private const int MaxMonths = 120;

    private long Micros { get; init; }

    private long Origin { get; init; }

    /// <summary>0: <see cref="Micros"/> long.</summary>
    private int Months { get; init; }

    /// <summary>A duration such as 90s, 15m, 6h or 1d, or a whole number and w or M; at most ten years.</summary>
    public static bool TryParse(string text, out ChunkPeriod period)
    {
        period = default;
        if (text.Length > 1 && text[^1] is 'w' or 'M')
        {
            if (!int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1) return false;
            if (number > (text[^1] == 'M' ? MaxMonths : Duration.Max.Days / 7)) return false;
            period = text[^1] == 'M' ? new ChunkPeriod { Months = number } : new ChunkPeriod { Micros = number * Week, Origin = Monday };
            return true;
        }
        if (!Duration.TryParse(text, out var duration) || duration <= TimeSpan.Zero) return false;
        period = new ChunkPeriod { Micros = UnixTime.From(duration) };
        return true;
    }

    /// <summary>The start of the chunk that holds a time, in Unix microseconds.</summary>
    public long StartOf(long time)
    {
        if (Months == 0) return Origin + UnixTime.Floor(time - Origin, Micros);
        var date = UnixTime.ToDateTime(time).UtcDateTime;
        var month = (date.Year * 12) + date.Month - 1;
        return StartOfMonth(month - (month % Months));
    }

    /// <summary>The end, exclusive, of the chunk that starts at <paramref name="start"/>.</summary>
    public long EndOf(long start)
    {
        if (Months == 0) return start + Micros;
        var date = UnixTime.ToDateTime(start).UtcDateTime;
        return StartOfMonth((date.Year * 12) + date.Month - 1 + Months);
    }

    /// <param name="month">Since January of the year 0.</param>
    private static long StartOfMonth(int month) =>
        month / 12 > DateTime.MaxValue.Year ? UnixTime.Max + 1 : UnixTime.From(new DateTimeOffset(month / 12, (month % 12) + 1, 1, 0, 0, 0, TimeSpan.Zero));
}
