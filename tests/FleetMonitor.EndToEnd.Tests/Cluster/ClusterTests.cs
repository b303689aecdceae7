using System.Diagnostics;
using FleetMonitor.EndToEnd.Tests.Durability;
using Xunit.Abstractions;

namespace FleetMonitor.EndToEnd.Tests.Cluster;

/// <summary>Whatever becomes of its processes, a cluster has counted exactly what it acknowledged, and says of it what one silo that nothing happened to says.</summary>
[Collection(nameof(Servers))]
public sealed class ClusterTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public Task Kill_OneSiloUnderLoad_LosesAndDoublesNothing() => UnderLoadAsync(async (cluster, load) =>
    {
        var site = await cluster.KillAsync(1);
        await load.AcknowledgedAsync(150, () => cluster.Said);
        await cluster.AddAsync(site);
    });

    [SkippableFact]
    public Task Stop_EachSiloInTurnWithAnotherInItsPlace_LosesAndDoublesNothing() => UnderLoadAsync(async (cluster, load) =>
    {
        for (var turn = 0; turn < 3; turn++)
        {
            await cluster.AddAsync();
            var ended = await cluster.StopAsync(0);
            Assert.True(ended.ExitCode == 0, ended.ToString());
            await load.AcknowledgedAsync(50, () => cluster.Said);
        }
    });

    [SkippableFact]
    public Task Kill_AllSilosAtOnce_ComeBackWithEverything() => UnderLoadAsync(async (cluster, load) =>
    {
        var sites = new List<SiloSite>();
        while (cluster.Silos.Count > 0) sites.Add(await cluster.KillAsync(0));
        await Task.WhenAll(sites.Select(site => cluster.AddAsync(site).AsTask()));
        await load.AcknowledgedAsync(50, () => cluster.Said);
    });

    [SkippableFact]
    public Task Freeze_OneSiloUntilItIsDeclaredDead_CannotWriteWhenItWakes() => UnderLoadAsync(async (cluster, load) =>
    {
        var frozen = cluster.Silos[2];
        frozen.Pause();
        try
        {
            await Wait.UntilAsync(
                () => cluster.Silos[0].Output.Contains("Silos that are active: 2", StringComparison.Ordinal), Deadline, () => $"the frozen silo's being declared dead.\n{cluster.Said}");
            await load.AcknowledgedAsync(100, () => cluster.Said);
        }
        finally
        {
            frozen.Resume();
        }
        // Told that it is dead, it goes.
        await Wait.UntilAsync(() => frozen.HasExited, Deadline, () => $"the end of the frozen silo.\n{frozen.Said}");
        await cluster.AddAsync(await cluster.KillAsync(2));
    });

    [SkippableFact]
    public Task Kill_PostgresUnderLoad_RefusesUntilItIsBack() => UnderLoadAsync(async (cluster, load) =>
    {
        var gone = Stopwatch.StartNew();
        await cluster.Postgres.KillAsync();
        await Wait.UntilAsync(
            async () => !(await Task.WhenAll(cluster.Silos.Select(silo => silo.Http.AnswersAsync("health/ready")))).Any(ready => ready),
            Deadline,
            () => $"silos that say that they cannot keep a batch.\n{cluster.Said}");
        Assert.All(await Task.WhenAll(cluster.Silos.Select(silo => silo.Http.AnswersAsync("health/live"))), Assert.True);
        // Away for longer than anything waits for it, while clients go on trying.
        await Wait.UntilAsync(() => gone.Elapsed >= Outage, Deadline, () => "the outage's end");
        await cluster.Postgres.LaunchAsync();
        await load.AcknowledgedAsync(50, () => cluster.Said);
    });

    [SkippableFact]
    public Task Kill_TheGatewayMidBatch_LosesAndDoublesNothing() => UnderLoadAsync(async (cluster, load) =>
    {
        for (var kill = 0; kill < 3; kill++)
        {
            await cluster.Gateway.ReplaceAsync();
            await load.AcknowledgedAsync(40, () => cluster.Said);
        }
    });

    [SkippableFact]
    public async Task Kill_TheOnlyActiveSiloOfAColdStart_TheOthersBegin()
    {
        await using var cluster = await ClusterSite.StartAsync(1, ClusterSite.Nervous);
        await cluster.KillAsync(0);
        await Task.WhenAll(cluster.AddAsync().AsTask(), cluster.AddAsync().AsTask());
        await LoadModel.All[0].RegisterAsync(cluster.Gateway.Http);
        await cluster.SettledAsync([LoadModel.All[0].Name]);
    }

    private async Task UnderLoadAsync(Func<ClusterSite, Load, Task> disaster)
    {
        var ledger = new Ledger();
        var now = TimeProvider.System.GetUtcNow();
        await using var cluster = await ClusterSite.StartAsync(3, ClusterSite.Nervous);
        foreach (var model in LoadModel.All) await model.RegisterAsync(cluster.Gateway.Http);
        await using (var load = new Load(cluster.Gateway.Http, ledger, now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond)), repeater: true))
        {
            await load.AcknowledgedAsync(40, () => cluster.Said);
            await disaster(cluster, load);
            await load.StopAsync();
        }
        await cluster.Gateway.ReadyAsync();
        await cluster.SettledAsync(LoadModel.All.Select(model => model.Name));
        var (counted, lost) = await Accounts.SettleAsync(cluster.Gateway.Http, ledger);
        output.WriteLine($"{ledger.Count} batches acknowledged; of {counted + lost} unanswered ones {counted} had been counted, {lost} not");

        using var calm = new SiloSite();
        await using var undisturbed = await calm.StartAsync();
        foreach (var model in LoadModel.All) await model.RegisterAsync(calm.Http);
        foreach (var batch in ledger.Acknowledged.Concat(ledger.Unanswered))
        {
            Assert.NotNull(await Writer.TryAsync(calm.Http, batch, identified: false, CancellationToken.None));
        }
        await Accounts.SameScoresAsync(calm.Http, cluster.Gateway.Http);
    }
}
