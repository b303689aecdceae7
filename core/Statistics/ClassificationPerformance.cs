namespace FleetMonitor.Core.Statistics;

/// <summary>Performance of a classifier over the rows of a window that have a label, in scikit-learn's definitions. A score that cannot exist is null.</summary>
/// <param name="Count">Rows with a label.</param>
/// <param name="Accuracy">Share of correct predictions.</param>
/// <param name="Precision">Of the positive class; multiclass: macro over the labels in truth ∪ prediction. A zero denominator gives 0.</param>
/// <param name="Recall">As <paramref name="Precision"/>.</param>
/// <param name="F1">As <paramref name="Precision"/>.</param>
/// <param name="Auroc">Area under the ROC curve, ties ½; null with one class. Multiclass: unweighted mean of one against the rest, over classes with both sides.</param>
/// <param name="LogLoss">Mean negative log-likelihood in nats, probabilities clipped at 1e-15.</param>
/// <param name="Brier">Mean squared error of the positive probability; multiclass: summed over classes, so twice as much for two.</param>
/// <param name="Ece">Expected calibration error over ten equal-width bins: of the positive score; multiclass: of the top label.</param>
public sealed record ClassificationPerformance(
    long Count, double? Accuracy, double? Precision, double? Recall, double? F1, double? Auroc, double? LogLoss, double? Brier, double? Ece);
