using FleetMonitor.Grains.Messages;
using FleetMonitor.Grains.Placement;
using Orleans.Concurrency;

namespace FleetMonitor.Grains;

/// <summary>Takes calls to many models of one silo in one message. The key is the silo's address and port.</summary>
/// <remarks>
/// A message between processes costs more than a small batch of predictions does. A call whose model turns out to live elsewhere is passed on, so that an outdated view of the cluster costs
/// a hop and never a batch.
/// </remarks>
[Alias("fleetmonitor.silo")]
public interface ISiloGrain : IGrainWithStringKey
{
    /// <summary>Applies each call as its model does; one that fails does not touch the others.</summary>
    /// <returns>The outcomes, in the calls' order, once the last is known.</returns>
    [Alias("apply")]
    Task<ModelOutcome[]> Apply([Immutable] ModelCall[] calls);
}

[Reentrant]
[SiloPlacement]
internal sealed class SiloGrain(ILocalSiloDetails here) : Grain, ISiloGrain
{
    public Task<ModelOutcome[]> Apply(ModelCall[] calls)
    {
        // In place of a silo that was away: with the next message it may be back.
        if (this.GetPrimaryKeyString() != here.SiloAddress.Endpoint.ToString()) DeactivateOnIdle();
        return Task.WhenAll(calls.Select(Apply));
    }

    private async Task<ModelOutcome> Apply(ModelCall call)
    {
        try
        {
            return new ModelOutcome(await GrainFactory.GetGrain<IModelGrain>(call.Model).Apply(call.Command), null);
        }
        catch (Exception failure)
        {
            return new ModelOutcome(null, failure);
        }
    }
}
