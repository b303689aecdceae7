using Xunit;

namespace FleetMonitor.Api.Tests.Bounds;

/// <summary>A fleet that waits a second for what has begun.</summary>
public sealed class ImpatientFleet : IAsyncLifetime
{
    public Fleet Fleet { get; } = new()
    {
        Settings = new Dictionary<string, string?> { ["FleetMonitor:Server:StallTimeout"] = "00:00:01", ["FleetMonitor:Server:PaceGrace"] = "00:10:00" },
    };

    public Task InitializeAsync() => Fleet.InitializeAsync();

    public Task DisposeAsync() => Fleet.DisposeAsync();
}
