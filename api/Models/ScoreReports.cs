using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Api.Models;

/// <summary>How right a model is, window by window.</summary>
/// <param name="Changes">What the change detectors found in its streams, whatever the window.</param>
public sealed record PerformanceReport(string Model, string Version, TaskKind? Task, IReadOnlyList<PerformanceWindow> Windows, IReadOnlyList<ChangeReport> Changes)
{
    public static PerformanceReport Of(ModelScores scores) => new(scores.Model, scores.Version, scores.Task, [.. scores.Windows.Select(PerformanceWindow.Of)], scores.Changes);
}

/// <summary>The part of a window's score that says how well the model answers.</summary>
/// <param name="Alerts">Those of accuracy, confidence and latency.</param>
public sealed record PerformanceWindow(
    TimeSpan Window, DateTimeOffset From, DateTimeOffset To, long Predictions, long Errors,
    LatencyScore? Latency, ConfidenceScore? Confidence, PerformanceScore Performance, IReadOnlyList<Alert> Alerts)
{
    public static PerformanceWindow Of(WindowScore score) => new(
        score.Window, score.From, score.To, score.Predictions, score.Errors, score.Latency, score.Confidence, score.Performance, [.. score.Alerts.Where(a => !DriftWindow.Concerns(a))]);
}

/// <summary>How far a model's inputs and answers moved from the reference, window by window, and the evidence of it, which belongs to no window.</summary>
/// <param name="Groups">Groups of models that began to drift on the same feature in the same hours, as "feature:NAME".</param>
public sealed record DriftReport(string Model, string Version, TaskKind? Task, IReadOnlyList<DriftWindow> Windows, IReadOnlyList<FeatureEvidence> Evidence, IReadOnlyList<string> Groups)
{
    public static DriftReport Of(ModelScores scores) => new(scores.Model, scores.Version, scores.Task, [.. scores.Windows.Select(DriftWindow.Of)], scores.Evidence, scores.Groups);
}

/// <summary>The part of a window's score that says what moved.</summary>
/// <param name="Note">Why there is no verdict, in words.</param>
/// <param name="Attribution">Which features carry the drift, most first; empty when the window has not drifted.</param>
/// <param name="Alerts">Those of drift and of missing values.</param>
/// <param name="Multivariate">Drift of the features as a whole; null unless the spec asks for it.</param>
public sealed record DriftWindow(
    TimeSpan Window, DateTimeOffset From, DateTimeOffset To, long Predictions,
    Verdict Verdict, string? Note, int FeaturesDrifted, IReadOnlyList<DriftContribution> Attribution, IReadOnlyList<ColumnScore> Columns, IReadOnlyList<Alert> Alerts, ReconstructionScore? Multivariate)
{
    public static DriftWindow Of(WindowScore score) => new(
        score.Window, score.From, score.To, score.Predictions, score.Verdict, score.Note, score.FeaturesDrifted, score.Attribution, score.Columns, [.. score.Alerts.Where(Concerns)], score.Multivariate);

    internal static bool Concerns(Alert alert) => alert.Kind is "drift" or "missing" or "multivariate";
}

/// <summary>Every column of one window, without its distribution.</summary>
public sealed record FeaturesReport(string Model, string Version, TimeSpan Window, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<ColumnScore> Columns)
{
    public static FeaturesReport Of(ModelScores scores)
    {
        var window = scores.Windows[0];
        return new FeaturesReport(scores.Model, scores.Version, window.Window, window.From, window.To, window.Columns);
    }
}
