using System.Globalization;
using Xunit;

namespace FleetMonitor.Grains.Tests.Placement;

public sealed class PlacementTests
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $"model-{i}"))];

    [Fact]
    public async Task FirstBurst_IsSpreadOverAllSilosByOwnership()
    {
        await using var cluster = await Cluster.StartAsync(3);
        await SendAsync(cluster, 1);
        await cluster.SettledAsync(Names);
        Assert.All(cluster.Silos, silo => Assert.InRange(Cluster.Series(silo).Count, 8, 35));
    }

    [Fact]
    public async Task SiloJoins_TakesItsShareWithoutTrafficAndNothingIsLost()
    {
        await using var cluster = await Cluster.StartAsync(2);
        await SendAsync(cluster, 1);
        var homes = Names.ToDictionary(name => name, cluster.Home);
        await cluster.AddSiloAsync();
        await cluster.SettledAsync(Names);
        Assert.InRange(Names.Count(name => !homes[name].Equals(cluster.Home(name))), 8, 35);
        await SendAsync(cluster, 2);
        await AllCountedAsync(cluster, 2);
    }

    [Fact]
    public async Task SiloJoins_UnderLoad_CountsEveryBatchOnce()
    {
        await using var cluster = await Cluster.StartAsync(2);
        await SendAsync(cluster, 1);
        var joining = cluster.AddSiloAsync();
        ulong sequence = 1;
        while (!joining.IsCompleted) await SendAsync(cluster, ++sequence);
        await joining;
        for (var more = 0; more < 5; more++) await SendAsync(cluster, ++sequence);
        await cluster.SettledAsync(Names);
        await AllCountedAsync(cluster, sequence);
    }

    [Fact]
    public async Task SiloDies_ItsModelsComeBackElsewhereWithoutTraffic()
    {
        await using var cluster = await Cluster.StartAsync(3);
        await SendAsync(cluster, 1);
        await cluster.KillAsync(cluster.Silos[2]);
        await cluster.SettledAsync(Names);
        Assert.Equal(2, cluster.Silos.Count);
        Assert.All(cluster.Silos, silo => Assert.NotNull(Cluster.Lost(silo).Last));
        await AllCountedAsync(cluster, 1);
    }

    [Fact]
    public async Task SiloStops_UnderLoad_CountsEveryBatchOnce()
    {
        await using var cluster = await Cluster.StartAsync(3);
        await SendAsync(cluster, 1);
        var stopping = cluster.StopAsync(cluster.Silos[1]);
        ulong sequence = 1;
        while (!stopping.IsCompleted) await SendAsync(cluster, ++sequence);
        await stopping;
        await SendAsync(cluster, ++sequence);
        await cluster.SettledAsync(Names);
        Assert.All(cluster.Silos, silo => Assert.Null(Cluster.Lost(silo).Last));
        await AllCountedAsync(cluster, sequence);
    }

    [Fact]
    public async Task SeriesThatMoved_CarryAHigherOwnerEpoch()
    {
        await using var cluster = await Cluster.StartAsync(1);
        await SendAsync(cluster, 1);
        var before = Names.ToDictionary(name => name, name => Epoch(cluster, name));
        await cluster.AddSiloAsync();
        await cluster.SettledAsync(Names);
        var moved = Names.Where(name => cluster.Home(name).Equals(cluster.Silos[1].SiloAddress)).ToArray();
        Assert.NotEmpty(moved);
        Assert.All(moved, name => Assert.True(Epoch(cluster, name) > before[name]));
    }

    [Fact]
    public async Task List_AsksWhicheverSiloIsNear()
    {
        await using var cluster = await Cluster.StartAsync(2);
        await SendAsync(cluster, 1);
        var fleet = cluster.Grains.GetGrain<IFleetGrain>(0);
        Assert.Equal(Names.Length, (await fleet.List(new Storage.ModelQuery { PageSize = 5 })).Total);
        var state = await fleet.State();
        Assert.Null(state.Obstacle);
        Assert.Equal(cluster.Silos.Select(silo => silo.SiloAddress).Order(), state.Silos.Order());
    }

    [Fact]
    public async Task CallsToOneSilo_EachAnswerForTheirModelWhereverItLives()
    {
        await using var cluster = await Cluster.StartAsync(2);
        await SendAsync(cluster, 1);
        var silo = cluster.Grains.GetGrain<ISiloGrain>(cluster.Silos[1].SiloAddress.Endpoint.ToString());
        Messages.ModelCall[] calls =
        [
            .. Names.Select(name => new Messages.ModelCall(name, ModelGrainTests.Batch(10, "p", 2))),
            new("broken", new Messages.ModelCommand(Core.Ingest.LogEntryKind.Predictions, null, 0, new byte[] { 1, 2, 3 })),
        ];
        var outcomes = await silo.Apply(calls);
        Assert.All(outcomes[..^1], outcome => Assert.Equal(10, outcome.Result!.Accepted));
        Assert.IsType<Messages.ModelCommandException>(outcomes[^1].Failure);
        await AllCountedAsync(cluster, 2);
    }

    /// <summary>One batch for every model; what moves meanwhile is sent again until it is answered, as a client does.</summary>
    private static Task SendAsync(Cluster cluster, ulong sequence) => Task.WhenAll(Names.Select(async name =>
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                await cluster.Model(name).Apply(ModelGrainTests.Batch(10, "p", sequence));
                return;
            }
            catch (Exception exception) when (exception is Messages.ModelUnavailableException or Orleans.Runtime.OrleansException or TimeoutException)
            {
                await Task.Delay(20, patience.Token);
            }
        }
    }));

    private static async Task AllCountedAsync(Cluster cluster, ulong batches)
    {
        foreach (var name in Names) Assert.Equal(10 * (long)batches, (await cluster.Model(name).Describe()).Counters.Predictions);
    }

    private static double Epoch(Cluster cluster, string model)
    {
        var line = cluster.Silos.SelectMany(silo => ModelGrainTests.Exposition(Cluster.Series(silo)).Split('\n'))
            .Single(line => line.StartsWith($"model_owner_epoch{{model=\"{model}\"", StringComparison.Ordinal));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
