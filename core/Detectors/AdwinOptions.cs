using System.ComponentModel.DataAnnotations;

namespace FleetMonitor.Core.Detectors;

/// <summary>Parameters of <see cref="Adwin"/>, with river's defaults.</summary>
public sealed record AdwinOptions
{
    /// <summary>Probability of a false cut (δ): smaller is more conservative. Above 0, below 1.</summary>
    [Range(double.Epsilon, 1, MaximumIsExclusive = true)]
    public double Delta { get; init; } = 0.002;

    /// <summary>Values between two checks. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Clock { get; init; } = 32;

    /// <summary>Buckets of one size before two are merged: more is finer and slower. 2 to 100.</summary>
    [Range(2, 100)]
    public int MaxBuckets { get; init; } = 5;

    /// <summary>Values of the shortest part of the window that is compared (l). 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MinWindowLength { get; init; } = 5;

    /// <summary>No check before the window has more values. 0 to 1,000,000.</summary>
    [Range(0, 1_000_000)]
    public int GracePeriod { get; init; } = 10;
}
