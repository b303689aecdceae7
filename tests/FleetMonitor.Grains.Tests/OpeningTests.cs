using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Testing;
using Orleans.Core.Internal;
using Xunit;

namespace FleetMonitor.Grains.Tests;

/// <summary>Models that cannot be opened, or not in time.</summary>
public sealed class OpeningTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>The runtime tells of an activation that takes too long as of something cancelled. It must not end what brings models back.</summary>
    [Fact]
    public async Task Keeper_WithAModelThatOpensTooSlowly_BringsTheOthersBackAndThatOneWhenItCan()
    {
        using var folder = new TempFolder();
        await using (var before = await Silo.StartAsync(folder.Path))
        {
            foreach (var name in (string[])["slow", "other"]) await before.Model(name).Apply(Batch());
        }
        FaultyStore? store = null;
        await using var silo = await Silo.StartAsync(folder.Path, store: inner => store = new FaultyStore(inner) { Held = "slow" }, activation: TimeSpan.FromSeconds(1));
        await Wait.UntilAsync(() => Task.FromResult(store!.Waited > 1 && silo.Series.Contains("other")), Patience, () => $"a second activation of the slow model, not {store!.Waited}; {string.Join(", ", silo.Series.Names)}");

        await silo.Model("other").Cast<IGrainManagementExtension>().DeactivateOnIdle();
        await Wait.UntilAsync(() => Task.FromResult(!silo.Series.Contains("other")), Patience, () => "the end of the other model");
        await Wait.UntilAsync(() => Task.FromResult(silo.Series.Contains("other")), Patience, () => "the other model to be back");
        Assert.DoesNotContain("slow", silo.Series.Names);

        store!.Release();
        await Wait.UntilAsync(async () => silo.Series.Contains("slow") && (await silo.ActiveAsync()).Contains("slow"), Patience, () => "the slow model to be back");
    }

    /// <summary>An opening that goes on after its activation was given up must not show a model that nobody can reach.</summary>
    [Fact]
    public async Task Open_AfterItsActivationWasGivenUp_ShowsNothing()
    {
        using var folder = new TempFolder();
        await using (var before = await Silo.StartAsync(folder.Path)) await before.Model("slow").Apply(Batch());
        FaultyStore? store = null;
        await using var silo = await Silo.StartAsync(folder.Path, store: inner => store = new FaultyStore(inner) { Held = "slow", ListsNothing = true }, activation: TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => silo.Model("slow").Describe());
        store!.Release();
        Assert.Equal(10, (await silo.Model("slow").Describe()).Counters.Predictions);
        await silo.Model("slow").Delete();
        Assert.DoesNotContain("slow", silo.Series.Names);
    }

    [Fact]
    public async Task Apply_NewNamesWhileTheStoreOpensNothing_LeavesNoneOfThemBehind()
    {
        using var folder = new TempFolder();
        FaultyStore? store = null;
        await using var silo = await Silo.StartAsync(folder.Path, store: inner => store = new FaultyStore(inner) { OpensNothing = true });
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Assert.ThrowsAsync<ModelUnavailableException>(() => silo.Model($"new-{i}").Apply(Batch()))));
        await Wait.UntilAsync(async () => (await silo.ActiveAsync()).Count == 0, Patience, () => "no activation");
        store!.OpensNothing = false;
        Assert.Equal(10, (await silo.Model("new-1").Apply(Batch())).Accepted);
    }

    private static ModelCommand Batch()
    {
        var builder = new PredictionBatchBuilder();
        for (var i = 0; i < 10; i++)
        {
            builder.BeginRow();
            builder.SetPrediction("1");
            builder.EndRow();
        }
        return new ModelCommand(LogEntryKind.Predictions, null, 0, builder.Build().Buffer);
    }
}
