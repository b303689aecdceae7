using FleetMonitor.Core.Statistics;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 300)]
public sealed class ConfidenceTests
{
    private const double NaN = double.NaN;

    [Fact]
    public void Compute_HandCase_InterpolatesLinearly()
    {
        var actual = Confidence.Compute([0.9, 0.5, 0.7, 0.6, 0.8]);
        Assert.Equal(5, actual.Count);
        Assert.Equal(0.7, actual.Mean!.Value, 15);
        Assert.Equal(0.54, actual.P10!.Value, 15);
        Assert.Equal(0.7, actual.P50);
        Assert.Equal(0.86, actual.P90!.Value, 15);
        // 0.6 itself is not low.
        Assert.Equal(0.2, actual.LowRatio);
        Assert.Null(actual.MeanEntropy);
    }

    [Fact]
    public void Compute_MissingRows_AreLeftOut()
    {
        var actual = Confidence.Compute([NaN, 0.8, NaN], entropies: [NaN, 0.5, NaN]);
        Assert.Equal(new ConfidenceSummary(1, 0.8, 0.8, 0.8, 0.8, 0, 0.5), actual);
        Assert.Equal(new ConfidenceSummary(0, null, null, null, null, null, null), Confidence.Compute([NaN, NaN]));
        Assert.Equal(new ConfidenceSummary(0, null, null, null, null, null, null), Confidence.Compute([]));
    }

    [Fact]
    public void Compute_OwnThreshold_IsUsed() => Assert.Equal(0.5, Confidence.Compute([0.7, 0.9], 0.8).LowRatio);

    [Fact]
    public void OfRow_LargestProbability_OrNaN()
    {
        Assert.Equal(0.5, Confidence.OfRow([0.2, 0.5, 0.3]));
        Assert.Equal(0.75, Confidence.OfBinary(0.25));
        Assert.Equal(0.75, Confidence.OfBinary(0.75));
        Assert.True(double.IsNaN(Confidence.OfRow([])));
        Assert.True(double.IsNaN(Confidence.OfRow([0.5, NaN])));
        Assert.True(double.IsNaN(Confidence.OfBinary(NaN)));
    }

    [Fact]
    public void Entropy_EndsAndMiddle_AreZeroAndTheLogarithm()
    {
        Assert.Equal(0, Confidence.BinaryEntropy(0));
        Assert.Equal(0, Confidence.BinaryEntropy(1));
        Assert.Equal(Math.Log(2), Confidence.BinaryEntropy(0.5), 15);
        Assert.Equal(Math.Log(4), Confidence.Entropy([0.25, 0.25, 0.25, 0.25]), 15);
        Assert.Equal(0, Confidence.Entropy([0, 1, 0]));
    }

    [Property]
    public void Compute_AnyRows_IsOrdered(byte[] rows)
    {
        var actual = Confidence.Compute([.. rows.Select(row => 0.5 + row / 510.0)]);
        Assert.Equal(rows.Length == 0, actual.Mean is null);
        Assert.True(actual.Mean is null || (actual.P10 <= actual.P50 && actual.P50 <= actual.P90));
        Assert.True(actual.LowRatio is null or (>= 0 and <= 1));
    }
}
