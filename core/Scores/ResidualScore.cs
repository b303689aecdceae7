namespace FleetMonitor.Core.Scores;

/// <summary>How a regression's residuals (label minus prediction) lie in a window, and whether they lie where they did.</summary>
/// <remarks>KS is over buckets each 4 % wider than the last: a lower bound of the exact one, so its p-value is an upper bound. It tells a bias from a spread no more than it tells a mean: any change of the distribution counts.</remarks>
/// <param name="P50">Median absolute error, in the label's unit, within 2 % of itself; so are the others.</param>
/// <param name="BaselineCount">Residuals compared with: those of an uploaded reference with labels, otherwise of the first labels that joined; null while these are still collected.</param>
/// <param name="Ks">Null without a baseline; so are the next two.</param>
/// <param name="Drifted">Whether the difference is significant and large, by the thresholds of drift.</param>
public sealed record ResidualScore(double? P50, double? P90, double? P99, long? BaselineCount, double? Ks, double? KsP, bool? Drifted);
