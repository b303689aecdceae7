using FleetMonitor.Api.Hosting;

namespace FleetMonitor.Api.Gateway;

/// <summary>A gateway is ready when it reaches a silo that can keep a batch.</summary>
internal sealed class GatewayReadiness(FleetWatch watch) : FleetReadiness
{
    public override string? Obstacle => watch.Obstacle;
}

/// <summary>The silos that the last silo asked knew of.</summary>
internal sealed class GatewayMap(FleetWatch watch) : FleetMap
{
    public override SiloAddress[] Silos => watch.Silos;
}
