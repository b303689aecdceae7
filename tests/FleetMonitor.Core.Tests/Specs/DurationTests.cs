using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Specs;

public sealed class DurationTests
{
    [Theory]
    [InlineData("0s", "0s")]
    [InlineData("90s", "90s")]
    [InlineData("60m", "1h")]
    [InlineData("1d", "24h")]
    [InlineData("1w", "7d")]
    [InlineData("521w", "3647d")]
    public void TryParse_OfADuration_IsItsTime(string text, string shown)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(shown, Duration.Format(duration));
    }

    [Theory]
    [InlineData("")]
    [InlineData("w")]
    [InlineData("1")]
    [InlineData("1W")]
    [InlineData("1M")]
    [InlineData("-1d")]
    [InlineData("1.5h")]
    [InlineData("522w")]
    public void TryParse_OfAnyOtherText_IsFalse(string text) => Assert.False(Duration.TryParse(text, out _));
}
