using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Scores;

public sealed class AlertTests
{
    private static readonly Thresholds Thresholds = new() { Accuracy = 0.9 };

    [Theory]
    [InlineData(0.9, 1_000_000, null)]
    [InlineData(0.8, 80, null)]
    [InlineData(0.8, 90, "accuracy: 0.800 < 0.900")]
    [InlineData(0.8996, 10_000, null)]
    [InlineData(0.8996, 10_000_000, "accuracy: 0.8996 < 0.9000")]
    public void OfAccuracy_BelowItsThreshold_IsOneBeyondChanceOnly(double accuracy, long count, string? text)
    {
        // (0.9 − 0.8) / √(0.9 · 0.1 / n) exceeds 3.0902, the normal quantile of 0.999, from n = 86 on.
        Assert.Equal(text, Alert.OfAccuracy(accuracy, count, Thresholds)?.ToString());
        Assert.Equal(text is null ? null : $"estimated_{text}", Alert.OfEstimatedAccuracy(accuracy, count, Thresholds)?.ToString());
    }

    [Fact]
    public void OfAccuracy_WithoutAThreshold_IsNone() => Assert.Null(Alert.OfAccuracy(0, 1_000, new Thresholds { Accuracy = 0 }));
}
