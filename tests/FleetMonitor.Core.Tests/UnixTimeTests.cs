using System.Globalization;
using System.Text;
using Xunit;

namespace FleetMonitor.Core.Tests;

public class UnixTimeTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0)]
    [InlineData("2026-11-22", 1_795_305_600_000_000)]
    [InlineData("2026-11-22T10:00:00Z", 1_795_341_600_000_000)]
    [InlineData("2026-11-22t10:00:00z", 1_795_341_600_000_000)]
    [InlineData("2026-11-22 10:00", 1_795_341_600_000_000)]
    [InlineData("2026-11-22 10:00:00", 1_795_341_600_000_000)]
    [InlineData("2026-11-22 10:00:00.000", 1_795_341_600_000_000)]
    [InlineData("2026-11-22T10:00:00.5Z", 1_795_341_600_500_000)]
    [InlineData("2026-11-22T10:00:00.123456789Z", 1_795_341_600_123_456)]
    [InlineData("2026-11-22T10:00:00.999999999999Z", 1_795_341_600_999_999)]
    [InlineData("2026-11-22T12:00:00+02:00", 1_795_341_600_000_000)]
    [InlineData("2026-11-22T04:30:00-0530", 1_795_341_600_000_000)]
    [InlineData("2026-11-22 12:00:00.25+02", 1_795_341_600_250_000)]
    [InlineData("2026-11-22 10:00:00 UTC", 1_795_341_600_000_000)]
    [InlineData("2026-11-22 10:00:00.5 UTC", 1_795_341_600_500_000)]
    [InlineData("2026-11-22 12:00:00 +02:00", 1_795_341_600_000_000)]
    [InlineData("2026-11-22 10:00:00 +0000", 1_795_341_600_000_000)]
    [InlineData("2024-02-29", 1_709_164_800_000_000)]
    [InlineData("9999-12-31T23:59:59.999999Z", UnixTime.Max)]
    public void TryParse_Time_IsUnixMicroseconds(string text, long micros)
    {
        Assert.True(UnixTime.TryParse(text, out var parsed));
        Assert.Equal(micros, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10:00")]
    [InlineData("March")]
    [InlineData("2026")]
    [InlineData("2026-11")]
    [InlineData("20261122")]
    [InlineData("11/22/2026")]
    [InlineData("2026-11-22T")]
    [InlineData("2026-11-22T10")]
    [InlineData("2026-11-22T10:00:00.Z")]
    [InlineData("2026-11-22T10:00:00ZZ")]
    [InlineData("2026-11-22T10:00:00 Z")]
    [InlineData("2026-11-22T10:00:00  UTC")]
    [InlineData("2026-11-22T10:00:00 GMT")]
    [InlineData("2026-11-22T10:00:00 ")]
    [InlineData("1795341600")]
    [InlineData("2026-11-22T10:00:00+2")]
    [InlineData("2026-11-22T10:00:00+02:")]
    [InlineData("2026-11-22T10:00:00+02:60")]
    [InlineData("2026-11-22T10:00:00+24:00")]
    [InlineData("2026-11-22T24:00:00Z")]
    [InlineData("2026-11-22T10:60:00Z")]
    [InlineData("2026-11-22T10:00:60Z")]
    [InlineData("2026-02-29")]
    [InlineData("2026-13-01")]
    [InlineData("2026-00-01")]
    [InlineData("2026-01-00")]
    [InlineData("0000-01-01")]
    [InlineData("2026-11-22x10:00:00Z")]
    [InlineData("1969-12-31T23:59:59.999Z")]
    [InlineData("1970-01-01T00:00:00+00:01")]
    [InlineData("9999-12-31T23:59:59-00:01")]
    [InlineData("２０２６-11-22")]
    [InlineData("2026-11-22T10:00:00.00000000000000000000000000000000000000000000000000Z")]
    public void TryParse_NotATime_IsFalse(string text)
    {
        Assert.False(UnixTime.TryParse(text, out var micros));
        Assert.Equal(UnixTime.Missing, micros);
    }

    [Theory]
    [InlineData("1795341600", 1_795_341_600_000_000)]
    [InlineData("1795341600.25", 1_795_341_600_250_000)]
    [InlineData("1795341600.1234567", 1_795_341_600_123_456)]
    [InlineData("1795341600.0", 1_795_341_600_000_000)]
    [InlineData("1795341600123", 1_795_341_600_123_000)]
    [InlineData("1795341600123.5", 1_795_341_600_123_500)]
    [InlineData("1795341600123456", 1_795_341_600_123_456)]
    [InlineData("1795341600123456789", 1_795_341_600_123_456)]
    [InlineData("315532800", 315_532_800_000_000)]
    [InlineData("4102444799", 4_102_444_799_000_000)]
    public void TryParseEpoch_OfANumber_TellsItsUnitByItsSize(string text, long micros)
    {
        Assert.True(UnixTime.TryParseEpoch(Encoding.UTF8.GetBytes(text), out var parsed));
        Assert.Equal(micros, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("17")]
    [InlineData("315532799")]
    [InlineData("4102444800")]
    [InlineData("20261122")]
    [InlineData("202611221000")]
    [InlineData("20261122100000")]
    [InlineData("-1795341600")]
    [InlineData("1.7953416e9")]
    [InlineData("1795341600.x")]
    [InlineData("1795341600 ")]
    [InlineData("18446744073709551616")]
    public void TryParseEpoch_OfWhatNeedNotBeATime_IsFalse(string text)
    {
        Assert.False(UnixTime.TryParseEpoch(Encoding.UTF8.GetBytes(text), out var micros));
        Assert.Equal(UnixTime.Missing, micros);
    }

    [Fact]
    public void TryParse_RandomTimes_EqualFrameworkParse()
    {
        var random = new Random(3);
        string[] formats = ["yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mm:ss.ffffffzzz", "yyyy-MM-dd HH:mm:ss.fff", "yyyy-MM-dd HH:mm", "yyyy-MM-dd"];
        for (var i = 0; i < 5_000; i++)
        {
            var format = formats[i % formats.Length];
            var offset = format.EndsWith("zzz", StringComparison.Ordinal) ? TimeSpan.FromMinutes(random.Next(-14 * 60, (14 * 60) + 1)) : TimeSpan.Zero;
            var text = UnixTime.ToDateTime(random.NextInt64(UnixTime.Day, UnixTime.Max - UnixTime.Day)).ToOffset(offset).ToString(format, CultureInfo.InvariantCulture);

            Assert.True(UnixTime.TryParse(text, out var micros), text);
            Assert.Equal(UnixTime.From(DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)), micros);
        }
    }

    [Fact]
    public void Format_RandomTime_ParsesBack()
    {
        var random = new Random(4);
        for (var i = 0; i < 2_000; i++)
        {
            var micros = random.NextInt64(UnixTime.Max);
            Assert.True(UnixTime.TryParse(UnixTime.Format(micros), out var parsed));
            Assert.Equal(micros, parsed);
        }
    }
}
