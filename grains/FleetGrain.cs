using FleetMonitor.Grains.Messages;
using FleetMonitor.Grains.Placement;
using FleetMonitor.Storage;
using Orleans.Concurrency;

namespace FleetMonitor.Grains;

/// <summary>What can be asked of the fleet as a whole, answered by whichever silo is near. The key is 0.</summary>
/// <remarks>Stateless: a view on the store, so that a gateway needs no way to the database of its own.</remarks>
[Alias("fleetmonitor.fleet")]
public interface IFleetGrain : IGrainWithIntegerKey
{
    /// <summary>One page of the fleet's list.</summary>
    /// <exception cref="ModelUnavailableException">The store cannot be read now.</exception>
    [Alias("list")]
    Task<ModelPage> List(ModelQuery query);

    /// <summary>Who is there, and whether a batch can be kept.</summary>
    [Alias("state")]
    Task<FleetState> State();
}

/// <summary>A silo's view of the fleet.</summary>
/// <param name="Silos">The active silos.</param>
/// <param name="Obstacle">Why no batch can be kept now, for a person; null when one can.</param>
[GenerateSerializer, Immutable, Alias("fleetmonitor.state")]
public sealed record FleetState([property: Id(0)] SiloAddress[] Silos, [property: Id(1)] string? Obstacle);

[StatelessWorker]
internal sealed class FleetGrain(FleetStore store, FleetMembers members) : Grain, IFleetGrain
{
    public async Task<ModelPage> List(ModelQuery query)
    {
        try
        {
            return await store.ListModelsAsync(query);
        }
        catch (StoreException exception)
        {
            throw new ModelUnavailableException(exception.Message);
        }
    }

    public Task<FleetState> State() =>
        Task.FromResult(new FleetState(members.Active, store.Health is { IsReady: false } health ? health.Reason ?? "the store cannot keep a batch" : null));
}
