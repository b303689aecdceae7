using System.Text.Json.Serialization;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Api.Models;

/// <summary>A model under a new spec, and what the spec changed.</summary>
public sealed record SpecResult : ModelDescription
{
    private SpecResult(ModelDescription description, IReadOnlyList<SpecChange> changes) : base(description) => SpecChanges = changes;

    /// <summary>Each member that changed, what began anew for it, and why.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<SpecChange> SpecChanges { get; }

    /// <summary>All that began anew; empty: every window goes on.</summary>
    [JsonPropertyOrder(2)]
    public IEnumerable<Restart> Restarted => SpecChanges.SelectMany(change => change.Restarted).Distinct().Order();

    public static SpecResult Of(ModelDescription description, IReadOnlyList<SpecChange> changes) => new(description, changes);
}
