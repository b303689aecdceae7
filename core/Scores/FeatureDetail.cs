using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Scores;

/// <summary>One column of a window in full: its score, and its distribution beside the reference's.</summary>
/// <param name="Score">The column's statistics and verdict.</param>
/// <param name="Bins">Shares of window and reference, in order of the reference's bins.</param>
/// <param name="Reference">The reference's moments and percentiles; null for categories.</param>
public sealed record FeatureDetail(TimeSpan Window, DateTimeOffset To, ColumnScore Score, IReadOnlyList<FeatureBin> Bins, ReferenceMoments? Reference)
{
    /// <summary>Categories that the reference has no bin for, since it came into force; null when there was none.</summary>
    public UnknownCategories? Unknown { get; init; }
}

/// <summary>Categories without a bin: those the reference never had, or had beyond its most frequent 1,000.</summary>
/// <param name="Values">Values of such categories.</param>
/// <param name="Distinct">Different categories: exact up to 256, then estimated.</param>
/// <param name="DistinctStandardError">Relative standard error of that estimate; 0 while it is exact.</param>
/// <param name="Top">The most frequent, at most 32; every one of more than a 33rd of the values is among them.</param>
public sealed record UnknownCategories(long Values, double Distinct, double DistinctStandardError, IReadOnlyList<UnknownCategory> Top);

/// <summary>A category and between which counts its own lies.</summary>
/// <param name="Category">Cut after 100 characters.</param>
public sealed record UnknownCategory(string Category, long AtLeast, long AtMost);

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

/// <summary>A model's windows, and what belongs to none of them: its evidence, and what its change detectors found.</summary>
public sealed record ModelScores(string Model, string Version, TaskKind? Task, IReadOnlyList<WindowScore> Windows, IReadOnlyList<ChangeReport> Changes)
{
    /// <summary>Evidence of each feature's drift, whatever the window.</summary>
    public IReadOnlyList<FeatureEvidence> Evidence { get; init; } = [];

    /// <summary>Groups of models that began to drift on the same feature in the same hours, as "feature:NAME".</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];
}

/// <summary>A model's past, step by step, oldest first.</summary>
public sealed record ModelHistory(string Model, string Version, TimeSpan Step, IReadOnlyList<WindowScore> Steps);
