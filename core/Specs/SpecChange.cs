using System.Text.Json.Serialization;

namespace FleetMonitor.Core.Specs;

/// <summary>What begins anew when a spec changes.</summary>
public enum Restart
{
    /// <summary>The reference is dropped and a new one captured; drift windows begin with it.</summary>
    [JsonStringEnumMemberName("reference")] Reference = 1,

    /// <summary>Evidence of drift.</summary>
    [JsonStringEnumMemberName("evidence")] Evidence = 2,

    /// <summary>Labels that wait, and the labelled part of every window: accuracy, errors, estimates.</summary>
    [JsonStringEnumMemberName("performance")] Performance = 3,

    /// <summary>Slices.</summary>
    [JsonStringEnumMemberName("segments")] Segments = 4,

    /// <summary>Change detectors: those that changed, or all on errors where performance begins anew.</summary>
    [JsonStringEnumMemberName("detectors")] Detectors = 5,

    /// <summary>The comparison of versions.</summary>
    [JsonStringEnumMemberName("versions")] Versions = 6,

    /// <summary>A reference that is being captured is given up.</summary>
    [JsonStringEnumMemberName("capture")] Capture = 7,
}

/// <summary>One member that a new spec changed, what began anew for it, and why.</summary>
/// <param name="Field">The member's path: "features", "thresholds.drift.ks".</param>
/// <param name="Restarted">Empty: every window goes on.</param>
/// <param name="Why">Null when nothing began anew.</param>
public sealed record SpecChange(string Field, IReadOnlyList<Restart> Restarted, string? Why);
