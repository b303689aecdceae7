using FleetMonitor.Core.Ingest;
using FleetMonitor.Grains;
using FleetMonitor.Grains.Messages;

namespace FleetMonitor.Api.Ingest;

/// <summary>Hands commands to models, wherever in the cluster they live.</summary>
internal sealed class ModelGateway(IGrainFactory grains, SiloLanes silos, ProducerLanes lanes)
{
    public IModelGrain Model(string name) => grains.GetGrain<IModelGrain>(name);

    /// <summary>Hands over a batch; it is durable when this returns. <paramref name="body"/> is the model's from now on.</summary>
    /// <remarks>
    /// Every batch has an identity, the client's or one of ours, so a call whose fate is unknown may be repeated. It is, once and at once: a model that moves answers from its new place right away,
    /// and a store that refuses says so in microseconds. More tries, or later ones, are for the client, who knows how long it wants to wait. A call that timed out has waited long enough.
    /// </remarks>
    /// <param name="by">Who asks, where that is to be told.</param>
    public async Task<ApplyResult> Apply(string model, LogEntryKind kind, BatchIdentity? sent, ReadOnlyMemory<byte> body, string? by = null)
    {
        if (sent is { } identity) return await ApplyOrRepeat(model, new ModelCommand(kind, identity.Producer, identity.Sequence, body, by));
        using var ticket = lanes.Take();
        return await ApplyOrRepeat(model, new ModelCommand(kind, ticket.Identity.Producer, ticket.Identity.Sequence, body, by));
    }

    private async Task<ApplyResult> ApplyOrRepeat(string model, ModelCommand command)
    {
        try
        {
            return await silos.Apply(model, command);
        }
        catch (Exception exception) when (exception is ModelUnavailableException or SiloUnavailableException or OrleansMessageRejectionException)
        {
            return await Model(model).Apply(command);
        }
    }
}
