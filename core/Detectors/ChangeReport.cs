namespace FleetMonitor.Core.Detectors;

/// <summary>What one detector of a model has found since it was set up.</summary>
/// <param name="On">error, confidence, score or feature:NAME.</param>
/// <param name="Values">Values it was given.</param>
/// <param name="Changes">Changes it found; the count only grows.</param>
/// <param name="Recent">The last of them, at most <see cref="ChangeTracker.Kept"/>, newest first.</param>
public sealed record ChangeReport(DetectorKind Detector, string On, long Values, long Changes, IReadOnlyList<DetectedChange> Recent);

/// <summary>A change of a stream.</summary>
/// <param name="Index">The value at which it was found, counted from 0.</param>
/// <param name="Time">Event time of that value's prediction.</param>
/// <param name="Found">When the value arrived: with a label, the label.</param>
public sealed record DetectedChange(long Index, DateTimeOffset Time, DateTimeOffset Found);
