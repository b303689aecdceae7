using System.Globalization;
using System.Text.Json.Serialization;
using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;
using MathNet.Numerics.Distributions;

namespace FleetMonitor.Core.Scores;

/// <summary>Whether a window was judged, and how.</summary>
public enum Verdict
{
    /// <summary>Fewer samples than the model's minimum: no score.</summary>
    [JsonStringEnumMemberName("too_few_samples")] TooFewSamples,

    /// <summary>There is no reference to compare with yet.</summary>
    [JsonStringEnumMemberName("no_reference")] NoReference,

    /// <summary>Judged; no difference that is both significant and large.</summary>
    [JsonStringEnumMemberName("quiet")] Quiet,

    /// <summary>A significant and large difference.</summary>
    [JsonStringEnumMemberName("drifted")] Drifted,
}

/// <summary>What a column is to its model.</summary>
public enum ColumnRole
{
    [JsonStringEnumMemberName("feature")] Feature = 1,

    /// <summary>The model's answer: a class or a number.</summary>
    [JsonStringEnumMemberName("prediction")] Prediction = 2,

    /// <summary>A class probability; "score" for the positive class of a binary model.</summary>
    [JsonStringEnumMemberName("score")] Score = 3,
}

/// <summary>All that one window of one model says. A score that does not exist is null, never 0 or NaN.</summary>
/// <param name="Window">The window's length.</param>
/// <param name="From">Start of its oldest pane.</param>
/// <param name="To">The time it was asked for.</param>
/// <param name="Predictions">Predictions whose event time lies in it.</param>
/// <param name="Errors">Those that failed.</param>
/// <param name="Verdict">Drift of the model: drifted when a feature is.</param>
/// <param name="Note">Why there is no verdict, in words.</param>
/// <param name="Latency">Null without latencies.</param>
/// <param name="Confidence">Null without probabilities, or with too few.</param>
/// <param name="Performance">Over the labelled predictions; its metrics are null while they are too few.</param>
/// <param name="FeaturesDrifted">Features whose verdict is drifted; score and prediction are not counted.</param>
/// <param name="Columns">Features in the spec's order, then score and prediction; empty without a reference.</param>
/// <param name="Alerts">What is wrong: drift first, the largest one leading.</param>
public sealed record WindowScore(
    TimeSpan Window,
    DateTimeOffset From,
    DateTimeOffset To,
    long Predictions,
    long Errors,
    Verdict Verdict,
    string? Note,
    LatencyScore? Latency,
    ConfidenceScore? Confidence,
    PerformanceScore Performance,
    int FeaturesDrifted,
    IReadOnlyList<ColumnScore> Columns,
    IReadOnlyList<Alert> Alerts)
{
    /// <summary>Which features carry the drift, most first; empty when the window has not drifted.</summary>
    public IReadOnlyList<DriftContribution> Attribution { get; init; } = [];

    /// <summary>Multivariate drift; null unless the spec asks for it and the reference was fitted.</summary>
    public ReconstructionScore? Multivariate { get; init; }

    /// <summary>The largest score of any feature, per statistic: what the fleet's series show.</summary>
    public double? Worst(Func<ColumnScore, double?> statistic) =>
        Columns.Where(c => c.Role == ColumnRole.Feature).Select(statistic).Max();
}

/// <summary>One thing that is wrong with a window.</summary>
/// <param name="Kind">drift, missing, multivariate, accuracy, estimated_accuracy, residuals, confidence or latency.</param>
/// <param name="Subject">The column, or null when it is the model as a whole.</param>
/// <param name="Detail">The score and the threshold it is beyond: "ks 0.41 &gt; 0.10".</param>
public sealed record Alert(string Kind, string? Subject, string Detail)
{
    /// <summary>An accuracy that is below its threshold beyond chance; null when it is not.</summary>
    /// <param name="count">Labelled predictions that it rests on.</param>
    public static Alert? OfAccuracy(double accuracy, long count, Thresholds thresholds) => OfShare("accuracy", accuracy, count, thresholds);

    /// <summary>The same of an accuracy that scores let expect.</summary>
    /// <param name="count">Predictions with a score.</param>
    public static Alert? OfEstimatedAccuracy(double accuracy, long count, Thresholds thresholds) => OfShare("estimated_accuracy", accuracy, count, thresholds);

    public override string ToString() => Subject is null ? $"{Kind}: {Detail}" : $"{Kind}: {Subject} ({Detail})";

    /// <summary>A score and the threshold it is beyond, in as many digits as it takes to tell them apart: "0.41 &gt; 0.10", "0.103 &gt; 0.100".</summary>
    internal static string Compared(double score, char sign, double threshold, string format, string unit = "")
    {
        const int longest = 10;
        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        while (format.Length < longest && Text(score) == Text(threshold)) format += '0';
        return $"{Text(score)}{unit} {sign} {Text(threshold)}{unit}";
    }

    private static Alert? OfShare(string kind, double share, long count, Thresholds thresholds) =>
        SignificantlyBelow(share, thresholds.Accuracy, count, thresholds.Drift.PValue) ? new Alert(kind, null, Compared(share, '<', thresholds.Accuracy, "0.000")) : null;

    /// <summary>Whether a share below its threshold is so beyond chance: a one-sided score test (Wilson, 1927).</summary>
    private static bool SignificantlyBelow(double share, double threshold, long count, double p)
    {
        if (share >= threshold) return false;
        var deviation = Math.Sqrt(threshold * (1 - threshold) / count);
        return deviation == 0 || p >= 1 || p <= 0 || (threshold - share) / deviation > Normal.InvCDF(0, 1, 1 - p);
    }
}

/// <summary>Inference latency in seconds; quantiles within 2 %.</summary>
public sealed record LatencyScore(long Count, double Mean, double P50, double P95, double P99);

/// <summary>Confidence, the largest class probability: mean, quantiles (within 0.01), share below the model's low threshold, mean entropy in nats, and counts in 100 equal bins.</summary>
public sealed record ConfidenceScore(long Count, double Mean, double P10, double P50, double P90, double LowRatio, double Entropy, IReadOnlyList<long> Bins);

/// <summary>Performance over the labelled predictions of a window: one of the two, by task.</summary>
/// <param name="Labelled">Predictions of the window whose label is known.</param>
/// <param name="LabelDelay">Mean time from prediction to label, in seconds; null without labels.</param>
public sealed record PerformanceScore(long Labelled, double? LabelDelay, ClassificationPerformance? Classification, RegressionPerformance? Regression)
{
    /// <summary>Error quantiles and residual drift of a regression; null for the others.</summary>
    public ResidualScore? Residuals { get; init; }

    /// <summary>How many labels are in, and what the missing ones leave open.</summary>
    public LabelCoverage? Coverage { get; init; }

    /// <summary>Of a provisional window: the newest one as long whose labels are complete. Null otherwise, or where there is none inside the label horizon.</summary>
    public CompleteWindow? NewestComplete { get; init; }

    /// <summary>What the scores alone let expect; null without probabilities, a calibration or enough predictions.</summary>
    public EstimatedScore? Estimated { get; init; }

    /// <summary>What alerts and series rest on: this window, or while it is provisional the newest complete one.</summary>
    [JsonIgnore]
    public ClassificationPerformance? Complete => Coverage is { Provisional: true } ? NewestComplete?.Classification : Classification;
}

/// <summary>One column of a window against the reference.</summary>
/// <remarks>
/// Statistics are null where they cannot exist: too few values on a side, a constant reference for <paramref name="Wasserstein"/>. KS and χ² belong to numeric and categorical columns.
/// KS is a lower bound of the exact one, off by less than the mass of one reference bin; its p-value is therefore an upper bound.
/// </remarks>
/// <param name="Count">Values that were there.</param>
/// <param name="Missing">Share of rows without a value.</param>
/// <param name="ReferenceMissing">The same in the reference.</param>
/// <param name="OutOfRange">Share of values outside the spec's bounds, or infinite.</param>
/// <param name="Unseen">Share of values whose category the reference does not have; null when the reference has too many to know.</param>
/// <param name="TypeMismatches">Values of a wrong type; their predictions were rejected.</param>
/// <param name="UnseenCategories">The first such categories.</param>
public sealed record ColumnScore(
    string Name,
    FeatureKind Kind,
    ColumnRole Role,
    Verdict Verdict,
    long Count,
    double? Missing,
    double? ReferenceMissing,
    double? OutOfRange,
    double? Unseen,
    long TypeMismatches,
    double? Ks,
    double? KsP,
    double? Wasserstein,
    double? Chi2,
    double? Chi2P,
    double? Psi,
    double? Js,
    double? Hellinger,
    double? TotalVariation,
    double? LInfinity,
    double? Mean,
    double? Std,
    bool MissingChanged,
    IReadOnlyList<string> UnseenCategories)
{
    [JsonIgnore]
    public bool Drifted => Verdict == Verdict.Drifted;
}
