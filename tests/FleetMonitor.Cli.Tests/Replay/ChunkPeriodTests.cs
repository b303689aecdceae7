using FleetMonitor.Cli.Replay;
using FleetMonitor.Core;

namespace FleetMonitor.Cli.Tests.Replay;

public class ChunkPeriodTests
{
    [Theory]
    [InlineData("1d", "2026-02-18T13:00:00Z", "2026-02-18", "2026-02-19")]
    [InlineData("6h", "2026-02-18T13:00:00Z", "2026-02-18T12:00:00Z", "2026-02-18T18:00:00Z")]
    [InlineData("1w", "2026-02-18T13:00:00Z", "2026-02-16", "2026-02-23")]
    [InlineData("1w", "2026-02-16", "2026-02-16", "2026-02-23")]
    [InlineData("1M", "2024-02-29T23:59:59Z", "2024-02-01", "2024-03-01")]
    [InlineData("3M", "2026-12-31", "2026-10-01", "2027-01-01")]
    [InlineData("12M", "2026-12-31", "2026-01-01", "2027-01-01")]
    [InlineData("1M", "1970-01-01", "1970-01-01", "1970-02-01")]
    public void StartOf_ATime_IsItsChunks(string text, string time, string start, string end)
    {
        Assert.True(ChunkPeriod.TryParse(text, out var period));
        var found = period.StartOf(Time(time));
        Assert.Equal((Time(start), Time(end)), (found, period.EndOf(found)));
        Assert.Equal(found, period.StartOf(found));
        Assert.Equal(period.EndOf(found), period.StartOf(period.EndOf(found)));
    }

    [Fact]
    public void EndOf_TheLastMonth_IsBehindEveryTime()
    {
        Assert.True(ChunkPeriod.TryParse("1M", out var month));
        Assert.Equal(UnixTime.Max + 1, month.EndOf(month.StartOf(UnixTime.Max)));
    }

    [Theory]
    [InlineData("M")]
    [InlineData("0w")]
    [InlineData("-1M")]
    [InlineData("1.5M")]
    [InlineData("600w")]
    [InlineData("1y")]
    [InlineData("0d")]
    public void TryParse_NoPeriod_IsRefused(string text) => Assert.False(ChunkPeriod.TryParse(text, out _));

    private static long Time(string text) => UnixTime.TryParse(text, out var micros) ? micros : throw new ArgumentException(text, nameof(text));
}
