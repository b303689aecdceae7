namespace FleetMonitor.Inference.Repository;

/// <summary>A version in the repository's index.</summary>
/// <param name="Version">Empty where the model has none.</param>
/// <param name="IsReady">Whether it answers.</param>
/// <param name="Reason">Why it does not, or why its newest file is not the one that does; empty otherwise.</param>
public readonly record struct ModelStatus(string Name, string Version, bool IsReady, string Reason);
