using FleetMonitor.Storage;
using Orleans.Concurrency;

namespace FleetMonitor.Grains;

/// <summary>What can be asked of the fleet as a whole, answered by whichever silo is near. The key is 0.</summary>
/// <remarks>Stateless: a view on the store, so that a gateway needs no way to the database of its own.</remarks>
[Alias("fleetmonitor.fleet")]
public interface IFleetGrain : IGrainWithIntegerKey
{
    /// <summary>One page of the fleet's list.</summary>
    /// <exception cref="Messages.ModelUnavailableException">The store cannot be read now.</exception>
    [Alias("list")]
    Task<ModelPage> List(ModelQuery query);

    /// <summary>Whether a silo that takes traffic can keep a batch.</summary>
    [Alias("health")]
    Task<StoreHealth> Health();
}

[StatelessWorker]
internal sealed class FleetGrain(FleetStore store) : Grain, IFleetGrain
{
    public async Task<ModelPage> List(ModelQuery query)
    {
        try
        {
            return await store.ListModelsAsync(query);
        }
        catch (StoreException exception)
        {
            throw new Messages.ModelUnavailableException(exception.Message);
        }
    }

    public Task<StoreHealth> Health() => Task.FromResult(store.Health);
}
