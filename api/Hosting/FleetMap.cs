using FleetMonitor.Grains.Placement;

namespace FleetMonitor.Api.Hosting;

/// <summary>The silos as this process knows them, for sending what goes to one of them together. May be some seconds old.</summary>
public abstract class FleetMap
{
    /// <summary>The active silos; empty while none is known.</summary>
    public abstract SiloAddress[] Silos { get; }

    /// <summary>This process, where it is a silo.</summary>
    public virtual SiloAddress? Here => null;
}

internal sealed class SiloMap(FleetMembers members, ILocalSiloDetails here) : FleetMap
{
    public override SiloAddress[] Silos => members.Active;

    public override SiloAddress Here => here.SiloAddress;
}
