using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Scores;

/// <summary>One column of a window in full: its score, and its distribution beside the reference's.</summary>
/// <param name="Score">The column's statistics and verdict.</param>
/// <param name="Bins">Shares of window and reference, in order of the reference's bins.</param>
/// <param name="Reference">The reference's moments and percentiles; null for categories.</param>
public sealed record FeatureDetail(TimeSpan Window, DateTimeOffset To, ColumnScore Score, IReadOnlyList<FeatureBin> Bins, ReferenceMoments? Reference);

/// <summary>One bin: a category, or the numbers above <paramref name="Above"/> up to and with <paramref name="UpTo"/>.</summary>
/// <param name="Category">The category's name; "(other)" for those without a bin; null for numbers.</param>
/// <param name="Above">Null for the lowest bin and for categories.</param>
/// <param name="UpTo">Null for the highest bin and for categories.</param>
/// <param name="WindowShare">Share of the window's values; null without any.</param>
/// <param name="ReferenceShare">Share of the reference's values; null without any.</param>
public sealed record FeatureBin(string? Category, double? Above, double? UpTo, long WindowCount, double? WindowShare, double? ReferenceShare);

/// <summary>One of a feature's few bins, for series and pictures.</summary>
/// <param name="Label">Unique in its feature, and the same for as long as the reference is.</param>
/// <param name="WindowShare">Share of the window's values; null without any.</param>
/// <param name="ReferenceShare">Share of the reference's values; null without any.</param>
public readonly record struct CoarseBin(string Label, double? WindowShare, double? ReferenceShare);

/// <summary>What the reference's finite values look like.</summary>
/// <param name="Percentiles">Quantiles at 0, 0.01, …, 1.</param>
public sealed record ReferenceMoments(double Mean, double Std, IReadOnlyList<double> Percentiles);

/// <summary>A model's windows.</summary>
public sealed record ModelScores(string Model, string Version, TaskKind? Task, IReadOnlyList<WindowScore> Windows)
{
    /// <summary>Evidence of each feature's drift, whatever the window.</summary>
    public IReadOnlyList<FeatureEvidence> Evidence { get; init; } = [];

    /// <summary>Groups of models that began to drift on the same feature in the same hours, as "feature:NAME".</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];
}

/// <summary>A model's past, step by step, oldest first.</summary>
public sealed record ModelHistory(string Model, string Version, TimeSpan Step, IReadOnlyList<WindowScore> Steps);
