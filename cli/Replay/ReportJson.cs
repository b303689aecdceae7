using System.Text.Encodings.Web;
using System.Text.Json;
using FleetMonitor.Core;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Cli.Replay;

/// <summary>The report as JSON. A score that cannot exist is null.</summary>
internal static class ReportJson
{
    public static void Write(ReplayReport report, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("model", report.Model);
        json.WriteString("task", report.Task.ToString().ToLowerInvariant());
        json.WriteString("positive", report.Positive);
        Reference(json, report);
        json.WriteNumber("rejected", report.Rejected);
        Texts(json, "rejected_examples", report.Examples);
        Texts(json, "notes", report.Notes);
        Thresholds(json, report);
        json.WriteStartArray("differences");
        foreach (var difference in report.Differences)
        {
            json.WriteStartObject();
            json.WriteNumber("chunk", difference.Chunk);
            json.WriteString("feature", difference.Feature);
            json.WriteBoolean("exact", difference.Exact);
            json.WriteBoolean("monitor", difference.Monitor);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Changes(json, report.Changes);
        json.WriteStartArray("chunks");
        foreach (var chunk in report.Chunks) Chunk(json, report, chunk);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Reference(Utf8JsonWriter json, ReplayReport report)
    {
        var reference = report.Reference;
        json.WriteStartObject("reference");
        json.WriteNumber("rows", reference.Rows);
        json.WriteNumber("rejected", reference.Rejected);
        if (report.Task == TaskKind.Regression)
        {
            Number(json, "mae", reference.Mae);
            Number(json, "rmse", reference.Rmse);
        }
        else
        {
            Number(json, "accuracy", reference.Accuracy);
            Number(json, "confidence", reference.Confidence);
        }
        json.WriteEndObject();
    }

    private static void Changes(Utf8JsonWriter json, IReadOnlyList<ReplayChange>? changes)
    {
        if (changes is null)
        {
            json.WriteNull("changes");
            return;
        }
        json.WriteStartArray("changes");
        foreach (var change in changes)
        {
            json.WriteStartObject();
            json.WriteString("detector", DetectorSpec.Name(change.Detector));
            json.WriteString("on", change.On);
            json.WriteNumber("index", change.Index);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Thresholds(Utf8JsonWriter json, ReplayReport report)
    {
        var thresholds = report.Thresholds;
        json.WriteStartObject("thresholds");
        // What is 0 or a regression has none of judges nothing.
        double? Judging(double share) => share == 0 || report.Task == TaskKind.Regression ? null : share;
        Number(json, "accuracy", Judging(thresholds.Accuracy));
        Number(json, "confidence", Judging(thresholds.Confidence));
        json.WriteNumber("low_confidence", thresholds.LowConfidence);
        json.WriteNumber("ks", thresholds.Drift.Ks);
        json.WriteNumber("psi", thresholds.Drift.Psi);
        json.WriteNumber("p_value", thresholds.Drift.PValue);
        json.WriteNumber("min_samples", report.MinSamples);
        Number(json, "reference_accuracy_lower", report.AccuracyRange?.Lower);
        Number(json, "reference_accuracy_upper", report.AccuracyRange?.Upper);
        json.WriteEndObject();
    }

    private static void Chunk(Utf8JsonWriter json, ReplayReport report, ChunkReport chunk)
    {
        json.WriteStartObject();
        json.WriteNumber("start", chunk.Start);
        json.WriteNumber("end", chunk.End);
        json.WriteNumber("count", chunk.Count);
        if (chunk is { StartTime: { } start, EndTime: { } end })
        {
            json.WriteString("start_time", UnixTime.Format(start));
            json.WriteString("end_time", UnixTime.Format(end));
        }
        json.WriteNumber("labelled", chunk.Performance.Labelled);
        json.WriteString("verdict", Verdicts.Name(chunk.Verdict));
        Performance(json, report, chunk.Performance);
        Confidence(json, report.Task, chunk.Confidence);
        Estimate(json, report.Task, chunk.Estimate);
        json.WriteStartObject("drift");
        foreach (var column in chunk.Columns) Column(json, column);
        json.WriteEndObject();
        Multivariate(json, chunk.Multivariate);
        if (chunk.Segments is { } slices) Segments(json, slices);
        Texts(json, "alerts", chunk.Alerts);
        json.WriteEndObject();
    }

    private static void Performance(Utf8JsonWriter json, ReplayReport report, PerformanceScore performance)
    {
        json.WriteStartObject("performance");
        if (report.Task == TaskKind.Regression)
        {
            var regression = performance.Regression;
            var range = regression is null ? null : report.Reference.ErrorRange(performance.Labelled);
            Number(json, "mae", regression?.Mae);
            Number(json, "reference_mae_lower", range?.Lower);
            Number(json, "reference_mae_upper", range?.Upper);
            Number(json, "rmse", regression?.Rmse);
            Number(json, "r2", regression?.R2);
            Number(json, "mape", regression?.Mape);
            Number(json, "error_p50", performance.Residuals?.P50);
            Number(json, "error_p90", performance.Residuals?.P90);
            Number(json, "error_p99", performance.Residuals?.P99);
            Number(json, "residual_ks", performance.Residuals?.Ks);
            Number(json, "residual_ks_p", performance.Residuals?.KsP);
            if (performance.Residuals?.Drifted is { } drifted) json.WriteBoolean("residuals_drifted", drifted);
            else json.WriteNull("residuals_drifted");
        }
        else
        {
            var classification = performance.Classification;
            Number(json, "accuracy", classification?.Accuracy);
            Number(json, "precision", classification?.Precision);
            Number(json, "recall", classification?.Recall);
            Number(json, "f1", classification?.F1);
            Number(json, "auroc", classification?.Auroc);
            Number(json, "log_loss", classification?.LogLoss);
            Number(json, "brier", classification?.Brier);
            Number(json, "ece", classification?.Ece);
        }
        json.WriteEndObject();
    }

    private static void Estimate(Utf8JsonWriter json, TaskKind task, EstimateReport? estimate)
    {
        if (task == TaskKind.Regression)
        {
            json.WriteNull("estimated");
            return;
        }
        json.WriteStartObject("estimated");
        Number(json, "accuracy", estimate?.Accuracy);
        Number(json, "accuracy_lower", estimate?.AccuracyLower);
        Number(json, "accuracy_upper", estimate?.AccuracyUpper);
        Number(json, "f1", estimate?.F1);
        Number(json, "auroc", estimate?.Auroc);
        Number(json, "recalibrated_accuracy", estimate?.RecalibratedAccuracy);
        if (estimate?.Trusted is { } trusted) json.WriteBoolean("trusted", trusted);
        else json.WriteNull("trusted");
        json.WriteEndObject();
    }

    private static void Confidence(Utf8JsonWriter json, TaskKind task, ConfidenceSummary? confidence)
    {
        if (task == TaskKind.Regression)
        {
            json.WriteNull("confidence");
            return;
        }
        json.WriteStartObject("confidence");
        Number(json, "mean", confidence?.Mean);
        Number(json, "p10", confidence?.P10);
        Number(json, "p50", confidence?.P50);
        Number(json, "p90", confidence?.P90);
        Number(json, "low_ratio", confidence?.LowRatio);
        json.WriteEndObject();
    }

    private static void Multivariate(Utf8JsonWriter json, ReconstructionScore? score)
    {
        if (score is null)
        {
            json.WriteNull("multivariate");
            return;
        }
        json.WriteStartObject("multivariate");
        Number(json, "reconstruction_error", score.Error);
        Number(json, "lower", score.Lower);
        Number(json, "upper", score.Upper);
        json.WriteNumber("components", score.Components);
        json.WriteBoolean("drifted", score.Drifted == true);
        json.WriteEndObject();
    }

    private static void Segments(Utf8JsonWriter json, IReadOnlyList<SliceScore> slices)
    {
        json.WriteStartArray("segments");
        foreach (var slice in slices)
        {
            json.WriteStartObject();
            json.WriteString("segment", slice.Segment);
            json.WriteString("value", slice.Value);
            json.WriteNumber("count", slice.Predictions);
            json.WriteNumber("labelled", slice.Labelled);
            Number(json, "accuracy", slice.Accuracy);
            Number(json, "mae", slice.Mae);
            Number(json, "difference", slice.Difference);
            Number(json, "difference_lower", slice.DifferenceLower);
            Number(json, "difference_upper", slice.DifferenceUpper);
            if (slice.Worse is { } worse) json.WriteBoolean("worse", worse);
            else json.WriteNull("worse");
            json.WriteString("verdict", Verdicts.Name(slice.Verdict));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Column(Utf8JsonWriter json, ColumnReport column)
    {
        var score = column.Shown;
        json.WriteStartObject(column.Column);
        if (score.Kind == FeatureKind.Numeric)
        {
            json.WriteString("kind", "numeric");
            Number(json, "ks", score.Ks);
            Number(json, "ks_p", score.KsP);
            Number(json, "wasserstein", score.Wasserstein);
        }
        else
        {
            json.WriteString("kind", "categorical");
            Number(json, "chi2", score.Chi2);
            Number(json, "chi2_p", score.Chi2P);
        }
        Number(json, "psi", score.Psi);
        Number(json, "js", score.Js);
        Number(json, "hellinger", score.Hellinger);
        Number(json, "total_variation", score.TotalVariation);
        if (score.Kind == FeatureKind.Categorical)
        {
            Number(json, "l_infinity", score.LInfinity);
            Number(json, "unseen", score.Unseen);
        }
        Number(json, "missing", score.Missing);
        json.WriteBoolean("drifted", column.Monitored.Drifted);
        json.WriteString("verdict", Verdicts.Name(column.Monitored.Verdict));
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
