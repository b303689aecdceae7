namespace FleetMonitor.Core.Statistics;

/// <summary>A classifier's metrics over labelled predictions, as scikit-learn defines them; null where one cannot exist.</summary>
public sealed record ClassificationPerformance(long Count, double? Accuracy, double? Precision, double? Recall, double? F1, double? Auroc, double? LogLoss, double? Brier, double? Ece);

/// <summary>A regression's metrics over labelled predictions, as scikit-learn defines them; null where one cannot exist.</summary>
public sealed record RegressionPerformance(long Count, double? Mae, double? Rmse, double? R2, double? Mape);
