using System.Text.Json.Serialization;
using FleetMonitor.Core.Comparisons;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Scores;

/// <summary>A window of a model, version by version: which is better, by how much, and whether that is more than noise.</summary>
/// <param name="Champion">What the others are compared with: the spec's champion, or the version that came first; null while there is none.</param>
/// <param name="Better">The version that evidence says is better: a challenger, the champion where it is better than each of them, or null while
/// nothing is sure.</param>
/// <param name="Versions">In the order in which they came, at most four.</param>
/// <param name="Comparisons">Each challenger with the champion.</param>
public sealed record VersionScores(
    string Model, TaskKind? Task, string? Champion, ChallengerTraffic Challengers, TimeSpan Window, DateTimeOffset From, DateTimeOffset To, string? Better,
    IReadOnlyList<VersionScore> Versions, IReadOnlyList<VersionComparison> Comparisons)
{
    /// <summary>Why nothing is compared, in words.</summary>
    public string? Note { get; init; }
}

/// <summary>One version in a window. What rests on fewer than the model's minimum of samples is null; intervals hold with 95 %.</summary>
/// <param name="Total">Predictions since it was first seen beside another.</param>
/// <param name="Share">Of the window's predictions of all versions.</param>
/// <param name="ErrorRatio">Share of its predictions that failed (Wilson's interval).</param>
/// <param name="Latency">Mean inference latency in seconds.</param>
/// <param name="Confidence">Mean of the largest class probability.</param>
/// <param name="Accuracy">Of a classifier (Wilson's interval).</param>
/// <param name="Mae">Mean absolute error of a regression.</param>
public sealed record VersionScore(
    string Version, bool IsChampion, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long Total, long Predictions, double? Share, long Errors,
    Interval? ErrorRatio, Interval? Latency, Interval? Confidence, long Labelled, Interval? Accuracy, Interval? Mae);

/// <summary>Which traffic two versions are compared on.</summary>
public enum ComparedTraffic
{
    /// <summary>Requests that both answered, pair by pair.</summary>
    [JsonStringEnumMemberName("paired")] Paired = 1,

    /// <summary>Each version's own requests.</summary>
    [JsonStringEnumMemberName("split")] Split = 2,
}

/// <summary>
/// A challenger against the champion. Differences are the challenger's less the champion's; each interval holds with 95 % for all challengers of the
/// model together.
/// </summary>
/// <param name="Metric">accuracy, where more is better, or mae, where less is.</param>
/// <param name="Better">The version that is better by the evidence; null while that may be noise.</param>
/// <param name="Difference">Of the window.</param>
/// <param name="Lower">Of the window, looked at once: Tango's interval of pairs, Newcombe's of split traffic; a regression's by Student's t, paired
/// or Welch's.</param>
/// <param name="PValue">Of the window, looked at once: McNemar's exact one of pairs, the χ² test of split traffic; a regression's by Student's t.</param>
/// <param name="MidP">McNemar's mid-p-value; null of everything else.</param>
/// <param name="Pairs">The window's labelled pairs of a classifier by who was right, the challenger first; null where the comparison is split.</param>
/// <param name="Evidence">What may be looked at every day, over all that both have answered since they met. Null while there is none.</param>
public sealed record VersionComparison(
    string Version, string Against, ComparedTraffic Traffic, string Metric, string? Better, double? Difference, double? Lower, double? Upper, double? PValue, double? MidP,
    PairedCounts? Pairs, VersionEvidence? Evidence, TestedDifference? ErrorRatio, TestedDifference? Latency, TestedDifference? Confidence);

/// <summary>
/// A difference that may be looked at at any time: the probability that it ever is outside the interval is at most 5 %, for all challengers together.
/// </summary>
/// <param name="Since">Event time from which both versions were there.</param>
/// <param name="Samples">Labelled pairs, or labelled predictions of both.</param>
/// <param name="Log10E">Logarithm to base 10 of the e-value against there being no difference: 2 is 1 in 100.</param>
/// <param name="Exact">Whether it holds at every size (accuracies) or in the limit of many samples (mean absolute errors).</param>
public sealed record VersionEvidence(DateTimeOffset Since, ComparedTraffic Traffic, long Samples, double Difference, double Lower, double Upper, double Log10E, bool Exact);
