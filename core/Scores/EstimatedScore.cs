using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Scores;

/// <summary>A window's performance as estimated from its scores alone. A score that cannot exist is null; a multiclass model has an accuracy only.</summary>
/// <param name="Count">Predictions with a score.</param>
/// <param name="Accuracy">By the reference's calibration, as <paramref name="Precision"/> to <paramref name="Auroc"/>.</param>
/// <param name="AccuracyLower">Three standard errors below: chance alone moves a window of this size so far.</param>
/// <param name="AccuracyUpper">Three standard errors above.</param>
/// <param name="RecalibratedAccuracy">By the current calibration, which the labels so far have corrected.</param>
/// <param name="Trusted">False while labels contradict the reference's calibration; true again after three windows in a row that agree.</param>
/// <param name="CalibrationRows">Labelled predictions that the reference's calibration was fitted on.</param>
/// <param name="ReferenceLower">Below it the accuracy has left what it was in the reference's parts: mean − 3 σ; null where the reference had no labels.</param>
/// <param name="ReferenceUpper">Above it: mean + 3 σ.</param>
public sealed record EstimatedScore(
    long Count, double Accuracy, double AccuracyLower, double AccuracyUpper, double? Precision, double? Recall, double? F1, double? Auroc,
    double? RecalibratedAccuracy, bool Trusted, long CalibrationRows, double? ReferenceLower, double? ReferenceUpper)
{
    internal static EstimatedScore? Of(EstimatedPerformance estimate, ReferenceCalibration calibration, double? recalibrated, bool trusted)
    {
        if (estimate.Accuracy is not { } accuracy) return null;
        var band = SamplingErrors.Band * calibration.Deviation / Math.Sqrt(estimate.Count);
        return new EstimatedScore(
            estimate.Count, accuracy, Math.Max(0, accuracy - band), Math.Min(1, accuracy + band), estimate.Precision, estimate.Recall, estimate.F1, estimate.Auroc,
            recalibrated, trusted, calibration.Rows, calibration.Accuracy?.Lower, calibration.Accuracy?.Upper);
    }
}

/// <summary>The newest window of the same length whose labels are complete: what stands while a window is provisional.</summary>
/// <param name="From">Start of its oldest pane.</param>
/// <param name="To">End of its newest pane.</param>
public sealed record CompleteWindow(DateTimeOffset From, DateTimeOffset To, ClassificationPerformance Classification);
