using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace FleetMonitor.Grains.Placement;

/// <summary>Places a grain on the silo that owns its key, see <see cref="RendezvousHash"/>.</summary>
[GenerateSerializer, Immutable, Alias("fleetmonitor.rendezvous")]
public sealed class RendezvousPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
public sealed class RendezvousPlacementAttribute() : PlacementAttribute(new RendezvousPlacement());

/// <summary>Chooses among the silos that can host the grain: during a rolling upgrade those of its version.</summary>
internal sealed class RendezvousPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        var chosen = IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) ?? RendezvousHash.Owner(target.GrainIdentity.Key.AsSpan(), silos);
        return Task.FromResult(chosen ?? throw new OrleansException($"No silo can host {target.GrainIdentity}."));
    }
}
