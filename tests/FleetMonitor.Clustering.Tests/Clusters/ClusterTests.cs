using System.Globalization;
using FleetMonitor.Clustering.Stores;
using FleetMonitor.Clustering.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace FleetMonitor.Clustering.Tests.Clusters;

/// <summary>Real silos in processes of their own, that meet in the table and lose one another.</summary>
[Collection(UsesPostgres.Name)]
public sealed class ClusterTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [SkippableFact]
    public async Task Cluster_OnPostgres_DeclaresAKilledSiloDead()
    {
        var connection = await postgres.Server.CreateDatabaseAsync();
        await using var store = new PostgresDocumentStore(connection, SiloProgram.Cluster);

        await KilledSiloIsDeclaredDeadAsync(
            ["postgres", connection],
            store,
            client => client.UsePostgresMembership(options => options.ConnectionString = connection));
    }

    [Fact]
    public async Task Cluster_OnAConfigMap_DeclaresAKilledSiloDead()
    {
        await using var api = await FakeKubernetesApi.StartAsync();
        await using var store = ConfigMaps.Open(api);

        await KilledSiloIsDeclaredDeadAsync(
            ["kubernetes", api.Url.AbsoluteUri],
            store,
            client => client.UseKubernetesMembership(options => SiloProgram.Configure(options, api.Url.AbsoluteUri)));
    }

    [Fact]
    public async Task Silo_ItsTableIsDeletedByHand_EndsRatherThanWorkOnUnseen()
    {
        await using var api = await FakeKubernetesApi.StartAsync();
        await using var store = ConfigMaps.Open(api);
        await using var silo = Start(["kubernetes", api.Url.AbsoluteUri]);
        await ActiveAsync(Table(store), 1, silo);

        api.Delete(ConfigMaps.Namespace, ConfigMaps.Name);

        var ended = await silo.EndAsync(Deadline);
        Assert.Contains("told I am dead", ended.Errors, StringComparison.Ordinal);
    }

    private static async Task KilledSiloIsDeclaredDeadAsync(string[] membership, MembershipDocumentStore store, Action<IClientBuilder> gateways)
    {
        var table = Table(store);
        await using var survivor = Start(membership);
        await using var victim = Start(membership);
        await ActiveAsync(table, 2, survivor, victim);
        using var client = await ConnectAsync(gateways);
        var management = client.Services.GetRequiredService<IClusterClient>().GetGrain<IManagementGrain>(0);
        Assert.Equal(2, (await management.GetHosts(onlyActive: true)).Count);

        await victim.KillAsync();

        var dead = await Wait.ForAsync(
            async () => (await table.ReadAllAsync()).Members.Select(member => member.Item1).FirstOrDefault(row => row.Status == SiloStatus.Dead),
            Deadline,
            () => $"the killed silo's row.\n{survivor.Said}");
        var alive = Assert.Single((await table.ReadAllAsync()).Members, member => member.Item1.Status == SiloStatus.Active).Item1;
        Assert.Contains(dead.SuspectTimes!, suspicion => suspicion.Item1.Equals(alive.SiloAddress));
        await Wait.UntilAsync(
            async () => await HostsAsync(management) is [var host] && host.Equals(alive.SiloAddress),
            Deadline,
            () => $"the client to see one silo.\n{survivor.Said}");
        await client.StopAsync();
    }

    private static ChildProcess Start(string[] membership)
    {
        var ports = FreePorts.Find(2).Select(port => port.ToString(CultureInfo.InvariantCulture));
        return ChildProcess.Start("dotnet", [typeof(SiloProgram).Assembly.Location, .. membership, .. ports]);
    }

    private static Task ActiveAsync(DocumentMembershipTable table, int count, params ChildProcess[] silos) => Wait.UntilAsync(
        async () => (await table.ReadAllAsync()).Members.Count(member => member.Item1.Status == SiloStatus.Active) == count,
        Deadline,
        () => $"{count} active silos.\n{string.Join('\n', silos.Select(silo => silo.Said))}");

    private static DocumentMembershipTable Table(MembershipDocumentStore store) =>
        new(new MembershipDocuments(store, SiloProgram.Cluster, Policies.Patient(seed: 1)), SiloProgram.Cluster);

    private static async Task<IHost> ConnectAsync(Action<IClientBuilder> gateways)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client =>
        {
            gateways(client);
            client.Services.Configure<ClusterOptions>(SiloProgram.Configure);
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>The client's gateway may be the one that was killed: it then takes the other.</summary>
    private static async Task<SiloAddress[]> HostsAsync(IManagementGrain management)
    {
        try
        {
            return [.. (await management.GetHosts(onlyActive: true)).Keys];
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException)
        {
            return [];
        }
    }
}
