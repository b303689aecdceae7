namespace FleetMonitor.Core.Statistics;

/// <summary>Performance of a regression over the rows of a window that have a label, in scikit-learn's definitions. A score that cannot exist is null.</summary>
/// <param name="Count">Rows with a label.</param>
/// <param name="Mae">Mean absolute error, in units of the label.</param>
/// <param name="Rmse">Root mean squared error, in units of the label.</param>
/// <param name="R2">Coefficient of determination; of a constant truth 1 where every prediction is right, else 0; null below two rows.</param>
/// <param name="Mape">Mean absolute error relative to the label, a share and no percentage; a label of 0 counts as 2⁻⁵².</param>
public sealed record RegressionPerformance(long Count, double? Mae, double? Rmse, double? R2, double? Mape);
