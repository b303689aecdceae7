using System.Text;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Grains.Evidence;

namespace FleetMonitor.Grains.Series;

/// <summary>What a model's series are made of: its description and its headline window.</summary>
internal readonly record struct SeriesInput(ModelDescription Model, WindowScore Score, long Epoch)
{
    /// <summary>What the fleet says of the model's drift.</summary>
    public ModelVerdict? Fleet { get; init; }

    /// <summary>The headline window version by version; null while there has been only one.</summary>
    public VersionScores? Versions { get; init; }
}

/// <summary>One metric family of a model: its name, type and help, and how its samples follow from a score. A null value is no sample.</summary>
internal sealed class SeriesFamily
{
    /// <summary>Series that a model has at most. What would be more is left out by <see cref="Spare"/>, and counted.</summary>
    public const int Limit = 50;

    /// <summary>Detectors that a model shows by name; with more, the last place is that of all the others together, so that none changes unseen.</summary>
    private const int MaxDetectors = 4;

    /// <summary>Groups that a model shows: those of the features that carry most of its drift.</summary>
    private const int MaxGroups = 3;

    private static readonly (string, Func<WindowScore, double?>)[] DriftStatistics =
    [
        ("ks", score => score.Worst(c => c.Ks)),
        ("psi", score => score.Worst(c => c.Psi)),
        ("js", score => score.Worst(c => c.Js)),
    ];

    private SeriesFamily(string name, string type, string help, Func<SeriesInput, IEnumerable<(string Labels, double? Value)>> samples)
    {
        Name = name;
        Head = Encoding.UTF8.GetBytes($"# HELP {name} {help}\n# TYPE {name} {type}\n");
        Samples = samples;
    }

    public string Name { get; }

    public byte[] Head { get; }

    /// <summary>Extra labels, written as they are (",key=\"value\"" or nothing), and a value.</summary>
    public Func<SeriesInput, IEnumerable<(string Labels, double? Value)>> Samples { get; }

    /// <summary>What a model can do without, the lowest number first, where it would have more series than <see cref="Limit"/>; 0: it stays.</summary>
    public int Spare { get; private init; }

    /// <summary>Whether its samples name their version themselves: one of several, not the one that the model's series carry.</summary>
    public bool NamesVersion { get; private init; }

    /// <summary>In the order of the exposition.</summary>
    public static readonly IReadOnlyList<SeriesFamily> All =
    [
        new("model_info", "gauge", "What the model is; always 1.", i =>
            [($",team=\"{Escape(i.Model.Spec.Team)}\",family=\"{Escape(i.Model.Spec.Family)}\",tier=\"{Escape(i.Model.Spec.Tier)}\",task=\"{i.Model.Spec.Task?.ToString().ToLowerInvariant()}\"", 1)]),
        Counter("model_predictions_total", "Predictions accepted.", i => i.Model.Counters.Predictions),
        Counter("model_prediction_errors_total", "Accepted predictions whose inference failed.", i => i.Model.Counters.Errors),
        Counter("model_labels_total", "True labels accepted, corrections included.", i => i.Model.Labels.Accepted),
        Gauge("model_labels_pending", "Predictions inside the label horizon that have no label yet.", i => i.Model.Labels.Pending),
        Gauge("model_label_delay_seconds", "Mean time from prediction to label.", i => i.Score.Performance.LabelDelay),
        Gauge("model_inference_latency_p50_seconds", "Median inference latency.", i => i.Score.Latency?.P50, spare: 3),
        Gauge("model_inference_latency_p95_seconds", "95th percentile of inference latency.", i => i.Score.Latency?.P95),
        Gauge("model_inference_latency_p99_seconds", "99th percentile of inference latency.", i => i.Score.Latency?.P99, spare: 5),
        Gauge("model_accuracy", "Share of labelled predictions that were right, in the headline window or, while that lacks labels that are to be expected, in the newest one that does not.", i => i.Score.Performance.Complete?.Accuracy),
        Gauge("model_accuracy_lower", "Lower end of what the headline window's accuracy can be, all labels that may still come included.", i => i.Score.Performance.Coverage?.AccuracyLower, spare: 8),
        Gauge("model_accuracy_upper", "Upper end of what the headline window's accuracy can be.", i => i.Score.Performance.Coverage?.AccuracyUpper, spare: 7),
        Gauge("model_labelled_ratio", "Share of the headline window's predictions whose label is known.", i => i.Score.Performance.Coverage?.Ratio, spare: 11),
        Gauge("model_accuracy_estimated", "Accuracy expected from the scores alone, by the reference's calibration.", i => i.Score.Performance.Estimated?.Accuracy),
        Gauge("model_accuracy_estimated_lower", "Three standard errors below the estimated accuracy.", i => i.Score.Performance.Estimated?.AccuracyLower),
        Gauge("model_accuracy_estimated_upper", "Three standard errors above the estimated accuracy.", i => i.Score.Performance.Estimated?.AccuracyUpper),
        Gauge("model_accuracy_estimate_trusted", "0 while labels contradict the estimate, until three windows in a row agree with it again; otherwise 1.", i =>
            i.Score.Performance.Estimated is { } estimated ? estimated.Trusted ? 1 : 0 : null),
        Gauge("model_precision", "Precision of the positive class; macro average with several classes.", i => i.Score.Performance.Complete?.Precision, spare: 13),
        Gauge("model_recall", "Recall of the positive class; macro average with several classes.", i => i.Score.Performance.Complete?.Recall, spare: 14),
        Gauge("model_f1", "F1 of the positive class; macro average with several classes.", i => i.Score.Performance.Complete?.F1),
        Gauge("model_auroc", "Area under the ROC curve.", i => i.Score.Performance.Complete?.Auroc),
        Gauge("model_log_loss", "Mean log loss, in nats.", i => i.Score.Performance.Complete?.LogLoss, spare: 1),
        Gauge("model_calibration_error", "Expected calibration error over 10 equal bins.", i => i.Score.Performance.Complete?.Ece, spare: 2),
        Gauge("model_mae", "Mean absolute error, in the target's unit.", i => i.Score.Performance.Regression?.Mae),
        Gauge("model_rmse", "Root mean squared error, in the target's unit.", i => i.Score.Performance.Regression?.Rmse),
        Gauge("model_r2", "Coefficient of determination.", i => i.Score.Performance.Regression?.R2),
        new("model_absolute_error", "gauge", "Quantiles of a regression's absolute error, in the target's unit.", i =>
            i.Score.Performance.Residuals is { } r ? [(",percentile=\"50\"", r.P50), (",percentile=\"90\"", r.P90), (",percentile=\"99\"", r.P99)] : []),
        Gauge("model_residual_drift_detected", "1 when a regression's residuals are distributed otherwise than its baseline's, beyond chance and threshold.", i => i.Score.Performance.Residuals?.Drifted is { } drifted ? (drifted ? 1 : 0) : null),
        Gauge("model_prediction_confidence", "Mean of the largest class probability.", i => i.Score.Confidence?.Mean),
        Gauge("model_prediction_confidence_p10", "10th percentile of the largest class probability.", i => i.Score.Confidence?.P10, spare: 12),
        Gauge("model_prediction_confidence_p50", "Median of the largest class probability.", i => i.Score.Confidence?.P50, spare: 4),
        Gauge("model_prediction_confidence_p90", "90th percentile of the largest class probability.", i => i.Score.Confidence?.P90, spare: 6),
        Gauge("model_low_confidence_ratio", "Share of predictions below the low-confidence threshold.", i => i.Score.Confidence?.LowRatio),
        new("model_drift_score", "gauge", "Drift of the worst feature against the reference.", i => DriftStatistics.Select(s => ($",statistic=\"{s.Item1}\"", s.Item2(i.Score)))),
        Gauge("model_drift_detected", "1 when a feature drifted beyond chance and beyond its threshold, 0 when none did.", i => i.Score.Verdict switch { Verdict.Drifted => 1, Verdict.Quiet => 0, _ => null }),
        Gauge("model_features_drifted", "Features that drifted.", i => i.Score.Verdict is Verdict.Drifted or Verdict.Quiet ? i.Score.FeaturesDrifted : null),
        Gauge("model_drift_evidence", "Logarithm to base 10 of the largest e-value of any feature: evidence of drift that may be looked at any time.", i => i.Fleet?.Evidence is { Count: > 0 } all ? all.Max(e => e.Log10E) : null),
        Gauge("model_drift_discovered", "1 when a feature's drift is discovered within the fleet's false discovery rate, 0 when none is.", i =>
            i.Fleet?.Evidence.Any(e => e.Discovered is not null) == true ? (i.Fleet.Value.Evidence.Any(e => e.Discovered == true) ? 1 : 0) : null),
        new("model_drift_group_info", "gauge", "A group of models that began to drift on the same feature in the same hours; always 1.", i =>
            (i.Fleet?.Groups ?? []).Take(MaxGroups).Select(g => ($",group=\"{Escape(g)}\"", (double?)1))),
        new("model_changes_detected_total", "counter",
            "Changes that a detector found in a stream of the model; \"other\": all detectors together that are too many to name.", i =>
            Changes(i.Model.Changes)),
        Gauge("model_last_change_timestamp_seconds", "When a detector found its latest change, since the epoch.", i =>
            i.Model.Changes.Select(c => c.Recent.Count == 0 ? null : (double?)c.Recent[0].Found.ToUnixTimeMilliseconds() / 1e3).Max(), spare: 15),
        Gauge("model_reconstruction_error", "Mean PCA reconstruction error of the features, in standard deviations of the reference.", i => i.Score.Multivariate?.Error),
        Gauge("model_reconstruction_error_threshold", "A reconstruction error above this is drift.", i => i.Score.Multivariate?.Upper),
        Gauge("model_reconstruction_drift_detected", "1 when the rows as a whole drifted: their reconstruction error is outside its limits, on either side.", i => i.Score.Multivariate?.Drifted is { } drifted ? (drifted ? 1 : 0) : null),
        Gauge("model_last_prediction_timestamp_seconds", "Event time of the latest prediction, since the epoch.", i => i.Model.LastPrediction is { } last ? last.ToUnixTimeMilliseconds() / 1e3 : null),
        Gauge("model_owner_epoch", "Rises with every activation of the model: of two silos that export it, the larger one owns it.", i => i.Epoch),
        Gauge("model_accuracy_threshold", "Accuracy below this is bad.", i => i.Model.Spec.Task is Core.Specs.TaskKind.Regression ? null : i.Model.Spec.Thresholds.Accuracy),
        new("model_drift_threshold", "gauge", "A drift score above this is large.", i => [(",statistic=\"ks\"", i.Model.Spec.Thresholds.Drift.Ks), (",statistic=\"psi\"", i.Model.Spec.Thresholds.Drift.Psi)]),
        Gauge("model_confidence_threshold", "Mean confidence below this is bad.", i => i.Model.Spec.Task is Core.Specs.TaskKind.Regression ? null : i.Model.Spec.Thresholds.Confidence),
        Gauge("model_latency_threshold_seconds", "Inference latency above this is bad.", i => i.Model.Spec.Thresholds.LatencySeconds),
        Gauge("model_label_delay_expected_seconds", "How long labels usually take, by the spec.", i => i.Model.Spec.LabelDelay.TotalSeconds),
        OfVersions("model_version_predictions_total", "counter", "Predictions of a version since it was first seen beside another.", v => v.Versions.Select(o => (o.Version, (double?)o.Total)), spare: 9),
        OfVersions("model_version_accuracy", "gauge", "Share of a version's labelled predictions that were right, in the headline window.", v => v.Versions.Select(o => (o.Version, o.Accuracy?.Value))),
        OfVersions("model_version_mae", "gauge", "Mean absolute error of a version, in the target's unit, in the headline window.", v => v.Versions.Select(o => (o.Version, o.Mae?.Value))),
        OfVersions("model_version_advantage_lower", "gauge", "Lower end of how much a version is better than the champion (accuracy, or less mean absolute error), by all since they met: above 0 it is, however often one looks.", v =>
            v.Comparisons.Select(c => (c.Version, Advantage(c, lower: true)))),
        OfVersions("model_version_advantage_upper", "gauge", "Upper end of how much a version is better than the champion: below 0 it is worse.", v => v.Comparisons.Select(c => (c.Version, Advantage(c, lower: false))), spare: 10),
        Gauge("model_maintenance", "1 while the model's alerts are muted, 0 while they are not.", i => i.Model.MaintenanceUntil is null ? 0 : 1),
    ];

    /// <summary>A label's value, escaped for the text format.</summary>
    public static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static IEnumerable<(string, double?)> Changes(IReadOnlyList<ChangeReport> all)
    {
        var named = all.Count <= MaxDetectors ? all.Count : MaxDetectors - 1;
        foreach (var changes in all.Take(named)) yield return ($",detector=\"{DetectorSpec.Name(changes.Detector)}\",on=\"{Escape(changes.On)}\"",
            changes.Changes);
        if (named < all.Count) yield return (",detector=\"other\",on=\"other\"", all.Skip(named).Sum(changes => changes.Changes));
    }

    private static SeriesFamily Gauge(string name, string help, Func<SeriesInput, double?> value, int spare = 0) =>
        new(name, "gauge", help, i => [("", value(i))]) { Spare = spare };

    /// <summary>More is better, whatever is compared.</summary>
    private static double? Advantage(VersionComparison comparison, bool lower) =>
        comparison.Evidence is not { } evidence ? null : comparison.Metric == "mae" ? -(lower ? evidence.Upper : evidence.Lower) : lower ? evidence.Lower : evidence.Upper;

    private static SeriesFamily OfVersions(string name, string type, string help, Func<VersionScores, IEnumerable<(string Version, double? Value)>> values,
        int spare = 0) =>
        new(name, type, help, i => i.Versions is { } versions ? values(versions).Select(v => ($",version=\"{Escape(v.Version)}\"", v.Value)) : [])
        {
            NamesVersion = true,
            Spare = spare,
        };

    private static SeriesFamily Counter(string name, string help, Func<SeriesInput, double?> value) => new(name, "counter", help, i => [("", value(i))]);
}
