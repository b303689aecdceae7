using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Scores;

/// <summary>A window of a model, slice by slice, the worst first.</summary>
/// <param name="Segments">The tags and features by which it is sliced.</param>
/// <param name="Predictions">Of the whole model.</param>
/// <param name="Slices">Those surely worse than the rest first, then those that drifted, then by how bad they may be.</param>
public sealed record SegmentScores(
    string Model, string Version, TaskKind? Task, TimeSpan Window, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<string> Segments, long Predictions, IReadOnlyList<SliceScore> Slices);

/// <summary>One slice of a window: its own traffic, confidence, performance and drift. What rests on fewer than the model's minimum of samples is null.</summary>
/// <param name="Segment">The tag or feature.</param>
/// <param name="Value">Its value; a range between quartiles of the reference for numbers; "(other)" for values beyond those that have a slice.</param>
/// <param name="Latency">Mean inference latency in seconds.</param>
/// <param name="Confidence">Mean of the largest class probability.</param>
/// <param name="LowConfidence">Share of predictions below the model's low-confidence threshold.</param>
/// <param name="Precision">Of the positive class of a binary model, as are recall and F1.</param>
/// <param name="Difference">Accuracy (for a regression: mean absolute error) of the slice less that of the model's other labelled predictions.</param>
/// <param name="DifferenceLower">Lower end of the difference's interval: 95 % for all judged slices together.</param>
/// <param name="DifferenceUpper">Upper end of it.</param>
/// <param name="Worse">Whether the whole interval lies on the bad side; null where there is none.</param>
/// <param name="Verdict">Drift against the slice's own first 1,000 predictions under the reference.</param>
/// <param name="Drift">Its columns, the furthest first, at most 5; empty without a verdict.</param>
public sealed record SliceScore(
    string Segment,
    string Value,
    long Predictions,
    long Errors,
    double? Latency,
    double? Confidence,
    double? LowConfidence,
    long Labelled,
    double? Accuracy,
    double? Precision,
    double? Recall,
    double? F1,
    double? Mae,
    double? Rmse,
    double? Difference,
    double? DifferenceLower,
    double? DifferenceUpper,
    bool? Worse,
    Verdict Verdict,
    IReadOnlyList<SliceDrift> Drift);

/// <summary>One column of a slice against the slice's own baseline, over deciles or the most frequent categories.</summary>
/// <param name="Psi">Population stability index, less what sampling alone gives, in nats.</param>
/// <param name="P">p-value of the χ² test, times the number of columns and slices that were tested (Bonferroni), at most 1.</param>
public sealed record SliceDrift(string Column, ColumnRole Role, double Psi, double P, bool Drifted);
