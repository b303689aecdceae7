using FleetMonitor.Core.Scores;

namespace FleetMonitor.Core.Monitoring;

/// <summary>What a model's headline window says: its score, and its features in few bins.</summary>
public sealed class HeadlineReading(WindowScore score, Func<string, IReadOnlyList<CoarseBin>> bins)
{
    public WindowScore Score { get; } = score;

    /// <summary>A feature's bins beside their reference's: deciles of numbers; the most frequent categories, and "(other)". Empty for a feature that the reference does not have.</summary>
    public IReadOnlyList<CoarseBin> CoarseBins(string feature) => bins(feature);
}
