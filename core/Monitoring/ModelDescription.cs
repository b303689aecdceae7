using System.Text.Json.Serialization;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Monitoring;

/// <summary>What a model is and has counted since it was registered.</summary>
/// <param name="State">waiting (no prediction, no reference), capturing, live, maintenance or retired.</param>
/// <param name="Version">The version that its series carry.</param>
/// <param name="Captured">Rows of the reference being captured.</param>
/// <param name="MaintenanceUntil">Until when its alerts are muted; null when they are not.</param>
/// <param name="Classes">Class labels in order of appearance.</param>
/// <param name="Changes">What the change detectors found.</param>
public record ModelDescription(
    string Name,
    ModelSpec Spec,
    string State,
    string Version,
    ReferenceDescription? Reference,
    long Captured,
    ModelCounters Counters,
    LabelCounts Labels,
    DateTimeOffset? LastPrediction,
    DateTimeOffset? MaintenanceUntil,
    IReadOnlyList<string> Classes,
    IReadOnlyList<ChangeReport> Changes)
{
    /// <summary>Why its alerts are muted; null when they are not, or nobody said.</summary>
    public string? MaintenanceReason { get; init; }

    /// <summary>Rows that the reference being captured will have; 0 when none is.</summary>
    public int CaptureTarget { get; init; }

    /// <summary>The references it has had, the newest last; at most 10.</summary>
    public IReadOnlyList<ReferenceDescription> References { get; init; } = [];

    /// <summary>Versions that are compared, in the order in which they came; empty while there has been only one.</summary>
    public IReadOnlyList<string> Versions { get; init; } = [];
}

/// <summary>A reference: the model's n-th, where its rows came from, how many they are, and since when it is in force.</summary>
public sealed record ReferenceDescription(int Version, ReferenceSource Source, long Rows, DateTimeOffset Since)
{
    /// <summary>When its rows came: of a captured one the arrivals, of a window the event times. Null of an uploaded one.</summary>
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }
}

/// <summary>Counts since registration; they only grow.</summary>
public record struct ModelCounters
{
    /// <summary>Predictions accepted.</summary>
    public long Predictions { get; set; }

    /// <summary>Accepted predictions that failed.</summary>
    public long Errors { get; set; }

    /// <summary>Predictions whose id was here before, in batches that were not.</summary>
    public long Duplicates { get; set; }

    /// <summary>Predictions older than every pane.</summary>
    public long TooLate { get; set; }

    /// <summary>Rows the model could not take.</summary>
    public long Rejected { get; set; }

    /// <summary>Labels accepted, corrections included.</summary>
    public long Labels { get; set; }

    public long LabelsJoined { get; set; }

    public long LabelsCorrected { get; set; }

    /// <summary>Values of features that the spec does not name.</summary>
    public long UnknownFeatures { get; set; }

    /// <summary>The latest event time, Unix microseconds; 0 before the first. Shown as a time by <see cref="ModelDescription.LastPrediction"/>.</summary>
    [JsonIgnore]
    public long LastPrediction { get; set; }
}

/// <summary>The label join since registration.</summary>
/// <param name="Accepted">Labels accepted.</param>
/// <param name="Joined">Labels that met their prediction.</param>
/// <param name="Corrected">Labels that replaced an earlier one.</param>
/// <param name="Orphans">Labels that wait for their prediction.</param>
/// <param name="OrphansExpired">Labels that never met it.</param>
/// <param name="Pending">Predictions that wait for their label.</param>
/// <param name="Unanswered">Predictions that never got it.</param>
/// <param name="Evicted">Entries that left early, since the label table was full.</param>
public sealed record LabelCounts(long Accepted, long Joined, long Corrected, long Orphans, long OrphansExpired, long Pending, long Unanswered, long Evicted);
