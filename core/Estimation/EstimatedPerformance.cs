namespace FleetMonitor.Core.Estimation;

/// <summary>Performance that a window's calibrated probabilities let expect, without a label. A score that cannot exist is null.</summary>
/// <remarks>
/// Confidence-based performance estimation as NannyML has it: a row of calibrated probability p that is predicted positive counts p of a true positive and
/// 1 − p of a false one, and so on; the metrics are those of the expected confusion matrix. Right as long as P(label | score) is what it was where the
/// calibration was fitted: covariate drift is allowed, concept drift is not.
/// </remarks>
/// <param name="Count">Rows that have a score.</param>
/// <param name="Accuracy">Expected share of right predictions.</param>
/// <param name="Precision">Of the positive class; multiclass: mean over the classes. A zero denominator gives 0.</param>
/// <param name="Recall">As <paramref name="Precision"/>.</param>
/// <param name="F1">As <paramref name="Precision"/>.</param>
/// <param name="Auroc">Expected area under the ROC curve, ties ½; multiclass: mean of one against the rest.</param>
public sealed record EstimatedPerformance(long Count, double? Accuracy, double? Precision, double? Recall, double? F1, double? Auroc)
{
    /// <summary>Of no rows.</summary>
    public static readonly EstimatedPerformance None = new(0, null, null, null, null, null);
}
