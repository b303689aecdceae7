namespace FleetMonitor.Core.Scores;

/// <summary>How badly a window's rows fit into the subspace in which the reference's mostly lie: multivariate drift by PCA.</summary>
/// <param name="Error">Mean Euclidean reconstruction error, in standard deviations of the reference; null of fewer rows than the model's minimum.</param>
/// <param name="Lower">Limits: mean ± 3 standard deviations of the reference's ten chunks, wider for a window smaller than such a chunk.</param>
/// <param name="Drifted">Whether the error is outside them.</param>
public sealed record ReconstructionScore(long Count, double? Error, double Reference, double Lower, double Upper, int Components, bool? Drifted);
