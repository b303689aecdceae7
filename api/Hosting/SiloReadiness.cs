using FleetMonitor.Grains.Placement;
using FleetMonitor.Storage;

namespace FleetMonitor.Api.Hosting;

/// <summary>A silo is ready when it has joined its cluster and can keep a batch.</summary>
internal sealed class SiloReadiness(FleetStore store, FleetMembers members) : FleetReadiness
{
    public override string? Obstacle =>
        !members.HasJoined ? "this silo has not joined its cluster"
        : store.Health is { IsReady: false } health ? health.Reason ?? "the store cannot keep a batch"
        : null;
}
