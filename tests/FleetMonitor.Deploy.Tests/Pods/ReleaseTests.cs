using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Pods;

/// <summary>What the chart gives its containers starts a cluster that works, with exactly the rights that the chart gives.</summary>
public sealed class ReleaseTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [SkippableFact]
    public async Task Pods_OfThreeSilosAndAGateway_FormAClusterThatPassesItsProbesAndItsTest()
    {
        await using var postgres = await PostgresServer.StartAsync("max_connections=60");
        await using var cluster = await Cluster.StartAsync(await FleetChart.RenderAsync("--set", "database.bundled.enabled=false,database.existingSecret=fleet-database"));
        cluster.Give("fleet-database", "dsn", await postgres.CreateDatabaseAsync());
        Assert.Equal(3, cluster.Manifests.One("Deployment", $"{FleetChart.Fullname}-silo").At("spec").Number("replicas"));
        var silos = Enumerable.Range(0, 3).Select(_ => cluster.Launch($"{FleetChart.Fullname}-silo")).ToList();
        var gateway = cluster.Launch($"{FleetChart.Fullname}-gateway");
        await Task.WhenAll(silos.Append(gateway).Select(pod => pod.ReadyAsync()));
        Assert.Equal(3, ActiveSilos(cluster));

        // helm test
        cluster.Serve(FleetChart.Fullname, gateway);
        await TestPassesAsync(cluster);

        // Nothing was refused, and no right is given that is not used.
        var used = cluster.Api.Calls.Select(call => (call.Bearer, call.Verb, call.Name)).Distinct().ToList();
        var (silo, reader, map) = (Cluster.TokenOf($"{FleetChart.Fullname}-silo"), Cluster.TokenOf($"{FleetChart.Fullname}-gateway"), $"{FleetChart.Fullname}-membership");
        Assert.Equal(
            new[] { (silo, "create", null), (silo, "get", map), (silo, "update", map), (reader, "get", (string?)map) }.Order(),
            used.Select(call => (call.Bearer!, call.Verb, call.Name)).Order());
        Assert.All(cluster.Api.Calls, call => Assert.True(cluster.Api.Allow(call), call.ToString()));

        // A rolling upgrade's step: a silo is asked to leave, and is gone within its grace period.
        var left = await silos[0].StopAsync();
        Assert.True(left.ExitCode == 0, left.ToString());
        await Wait.UntilAsync(() => ActiveSilos(cluster) == 2, Deadline, () => $"two active silos.\n{cluster.Said}");
        await TestPassesAsync(cluster);
        var ended = await gateway.StopAsync();
        Assert.True(ended.ExitCode == 0, ended.ToString());
    }

    [SkippableFact]
    public async Task Pods_ThatMeetInPostgres_NeedNoApiServer()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var cluster = await Cluster.StartAsync(
            await FleetChart.RenderAsync("--set", "clustering.kind=Postgres,database.bundled.enabled=false,database.existingSecret=fleet-database,silo.replicas=1,gateway.replicas=1,logging.format=simple"));
        cluster.Give("fleet-database", "dsn", await postgres.CreateDatabaseAsync());
        var silo = cluster.Launch($"{FleetChart.Fullname}-silo");
        var gateway = cluster.Launch($"{FleetChart.Fullname}-gateway");
        await Task.WhenAll(silo.ReadyAsync(), gateway.ReadyAsync());
        cluster.Serve(FleetChart.Fullname, gateway);
        await TestPassesAsync(cluster);
        Assert.Empty(cluster.Api.Calls);
    }

    private static async Task TestPassesAsync(Cluster cluster)
    {
        var test = await cluster.Launch(cluster.Manifests.One("Pod", $"{FleetChart.Fullname}-test")).EndAsync(Deadline);
        Assert.True(test.ExitCode == 0, $"{test}\n{cluster.Said}");
        Assert.Contains("were read back", test.Output, StringComparison.Ordinal);
    }

    private static int ActiveSilos(Cluster cluster)
    {
        var text = cluster.Api.Find(FleetChart.Namespace, $"{FleetChart.Fullname}-membership")!.At("data").Text("membership.json");
        return JsonNode.Parse(text)!.Items("silos").Count(silo => silo.Text("status") == "Active");
    }
}
