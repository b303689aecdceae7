using System.Collections.Concurrent;
using FleetMonitor.Api.Hosting;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Grains;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Grains.Placement;

namespace FleetMonitor.Api.Ingest;

/// <summary>The way from this process to each silo. A model whose home is here, or is not known yet, is called directly.</summary>
internal sealed class SiloLanes(IGrainFactory grains, FleetMap map)
{
    /// <summary>As many as there were silos in this process' life, at most; then they begin anew.</summary>
    private const int MaxLanes = 1_000;

    private readonly ConcurrentDictionary<SiloAddress, SiloLane> _lanes = new();

    public Task<ApplyResult> Apply(string model, ModelCommand command)
    {
        if (RendezvousHash.Owner(model, map.Silos) is not { } home || home.Equals(map.Here)) return grains.GetGrain<IModelGrain>(model).Apply(command);
        if (_lanes.Count > MaxLanes) _lanes.Clear();
        return _lanes.GetOrAdd(home, silo => new SiloLane(grains.GetGrain<ISiloGrain>(silo.Endpoint.ToString()))).Apply(new ModelCall(model, command));
    }
}
