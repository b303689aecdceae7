using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace FleetMonitor.Grains.Placement;

/// <summary>Places a grain on the silo that its key names by address and port.</summary>
[GenerateSerializer, Immutable, Alias("fleetmonitor.onsilo")]
public sealed class SiloPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
public sealed class SiloPlacementAttribute() : PlacementAttribute(new SiloPlacement());

internal sealed class SiloPlacementDirector : IPlacementDirector
{
    /// <summary>A silo that is gone leaves its key to another: what is said to it must still reach the models.</summary>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        var key = target.GrainIdentity.Key.ToString();
        var chosen = Array.Find(silos, silo => silo.Endpoint.ToString() == key) ?? RendezvousHash.Owner(target.GrainIdentity.Key.AsSpan(), silos);
        return Task.FromResult(chosen ?? throw new OrleansException($"No silo can host {target.GrainIdentity}."));
    }
}
