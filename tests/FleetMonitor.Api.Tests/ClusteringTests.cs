using FleetMonitor.Api.Hosting;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Grains;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace FleetMonitor.Api.Tests;

public sealed class ClusteringTests
{
    /// <summary>A little more than Orleans' own bound of a message, which would end in a time-out.</summary>
    [Fact]
    public async Task Message_OfALargeBody_ReachesItsModel()
    {
        using var folder = new TempFolder();
        var ports = FreePorts.Find(2);
        var cluster = new FleetClusterOptions { ClusterId = $"large-{ports[0]}" };
        var silo = Host.CreateEmptyApplicationBuilder(null);
        silo.Services.AddSqliteFleetStore(store => store.Path = folder.File("fleet.db")).AddModelGrains();
        silo.UseOrleans(orleans => orleans.UseFleetClustering(cluster, ports[0], ports[1]));
        using var host = silo.Build();
        await host.StartAsync();
        var gateway = Host.CreateEmptyApplicationBuilder(null);
        gateway.Services.AddModelSerialization();
        gateway.UseOrleansClient(client => client.UseFleetClustering(cluster, ports[1]));
        using var other = gateway.Build();
        await other.StartAsync();

        // Zeros are no batch: the model has read them, and says so.
        var model = other.Services.GetRequiredService<IGrainFactory>().GetGrain<IModelGrain>("m");
        await Assert.ThrowsAsync<ModelCommandException>(() => model.Apply(new ModelCommand(LogEntryKind.Reference, null, 0, new byte[101 << 20])));

        await other.StopAsync();
        await host.StopAsync();
    }
}
