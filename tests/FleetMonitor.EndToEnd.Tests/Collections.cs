namespace FleetMonitor.EndToEnd.Tests;

/// <summary>Tests that run servers run one after the other: two cores are few.</summary>
[CollectionDefinition(nameof(Servers))]
public sealed class Servers;

/// <summary>The demo mostly waits, so it runs beside the others.</summary>
[CollectionDefinition(nameof(DemoFleet))]
public sealed class DemoFleet;
