using System.Collections.Concurrent;

namespace FleetMonitor.Storage.Tests;

/// <summary>Several silos on one database, here as several stores.</summary>
[Collection(PostgresSuite.Name)]
public sealed class PostgresSilosTests(PostgresKind kind)
{
    private const int Models = 6;

    [SkippableFact]
    public async Task OpenModel_ByAnotherSilo_FencesTheFirst()
    {
        await using var test = await kind.OpenAsync(null, null);
        await using var other = await test.OpenAnotherAsync();
        var stale = await test.OpenModelAsync("m");
        Assert.Equal(1, await test.Store.AppendAsync(stale, TestStore.Bytes("1")));
        var current = await other.OpenModelAsync("m", TestStore.Now);
        Assert.True(current.Epoch > stale.Epoch);
        await Assert.ThrowsAsync<FencedException>(() => test.Store.AppendAsync(stale, TestStore.Bytes("stale")).AsTask());
        await Assert.ThrowsAsync<FencedException>(() => test.Store.SaveCheckpointAsync(stale, 1, TestStore.Bytes("stale")));
        await Assert.ThrowsAsync<FencedException>(() => test.ReadAsync(stale));
        await Assert.ThrowsAsync<FencedException>(() => test.Store.DeleteModelAsync(stale));
        Assert.Equal(2, await other.AppendAsync(current, TestStore.Bytes("2")));
        Assert.Equal(0, await test.CountAsync("SELECT count(*) FROM checkpoints")); // Nor is a refused state left behind.
        Assert.True(test.Store.Health.IsReady);
    }

    /// <summary>Two that use the same lease are no harm to the log's order.</summary>
    [SkippableFact]
    public async Task Append_WithOneLeaseOnTwoSilos_StaysDense()
    {
        await using var test = await kind.OpenAsync(null, null);
        await using var other = await test.OpenAnotherAsync();
        var lease = await test.OpenModelAsync("m");
        var sequences = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? test.Store : other).AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask()));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), sequences.Order());
        var log = await test.ReadAsync(lease);
        for (var i = 0; i < 200; i++) Assert.Equal($"{i}", log[(int)sequences[i] - 1]);
    }

    /// <summary>Three silos take the models from each other as fast as they can; the ledger is what each was answered.</summary>
    [SkippableFact]
    public async Task Silos_ThatFenceEachOtherUnderLoad_KeepEveryAnswer()
    {
        await using var test = await kind.OpenAsync(null, options => options.PartitionBytes = 1 << 18);
        await using var second = await test.OpenAnotherAsync();
        await using var third = await test.OpenAnotherAsync();
        var kept = new ConcurrentDictionary<(int Model, long Sequence), string>();
        var refused = new ConcurrentBag<string>();
        PostgresFleetStore[] silos = [test.Store, second, third];
        await Task.WhenAll(
            from silo in Enumerable.Range(0, silos.Length) from model in Enumerable.Range(0, Models) select Task.Run(() => FightAsync(silo, model)));

        Assert.NotEmpty(refused);
        for (var model = 0; model < Models; model++)
        {
            var log = await test.ReplayAsync($"m{model}");
            Assert.Equal(log.Count, kept.Keys.Count(key => key.Model == model));
            Assert.Equal(log.Count, log.Distinct().Count());
            for (var i = 0; i < log.Count; i++) Assert.Equal(kept[(model, i + 1)], log[i]);
            Assert.Empty(log.Intersect(refused));
        }

        async Task FightAsync(int silo, int model)
        {
            var random = new Random(silo * Models + model);
            var number = 0;
            for (var turn = 0; turn < 25; turn++)
            {
                ModelLease lease;
                try
                {
                    lease = await silos[silo].OpenModelAsync($"m{model}", TestStore.Now);
                }
                catch (FencedException)
                {
                    continue; // Opened by another between epoch and checkpoint.
                }
                var bodies = Enumerable.Range(0, random.Next(1, 40)).Select(_ => $"{silo}/{model}/{number++}".PadRight(random.Next(10, 3000))).ToList();
                var appends = bodies.Select(body => silos[silo].AppendAsync(lease, TestStore.Bytes(body)).AsTask()).ToList();
                var fenced = false;
                for (var i = 0; i < appends.Count; i++)
                {
                    try
                    {
                        Assert.True(kept.TryAdd((model, await appends[i]), bodies[i]), "A sequence was given twice.");
                        Assert.False(fenced, "After a fenced append none may be kept.");
                    }
                    catch (FencedException)
                    {
                        fenced = true;
                        refused.Add(bodies[i]);
                    }
                }
            }
        }
    }

    [SkippableFact]
    public async Task RegisteredModels_ChangedByAnotherSilo_AreSeen()
    {
        await using var test = await kind.OpenAsync(null, null);
        await using var other = await test.OpenAnotherAsync();
        Assert.Empty(await NamesAsync(test.Store));
        var first = await other.OpenModelAsync("a", TestStore.Now);
        Assert.Equal(["a"], await NamesAsync(test.Store));
        Assert.Equal(["a"], await NamesAsync(test.Store));
        var second = await other.OpenModelAsync("b", TestStore.Now);
        Assert.Equal(["a", "b"], await NamesAsync(test.Store));
        await other.DeleteModelAsync(first);
        Assert.Equal(["b"], await NamesAsync(test.Store));
        await other.AppendAsync(second, TestStore.Bytes("1"), retired: true);
        Assert.Empty(await NamesAsync(test.Store));
        await other.AppendAsync(second, TestStore.Bytes("2"), retired: false);
        Assert.Equal(["b"], await NamesAsync(test.Store));

        static async Task<List<string>> NamesAsync(FleetStore store)
        {
            var names = new List<string>();
            await foreach (var name in store.RegisteredModelsAsync()) names.Add(name);
            return names;
        }
    }

    [SkippableFact]
    public async Task DeleteModel_ByAnotherSilo_FencesAndIsRebornThere()
    {
        await using var test = await kind.OpenAsync(null, null);
        await using var other = await test.OpenAnotherAsync();
        var old = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(old, TestStore.Bytes("old"));
        await other.DeleteModelAsync(await other.OpenModelAsync("m", TestStore.Now));
        var reborn = await other.OpenModelAsync("m", TestStore.Now);
        test.Store.PublishSummary(old, ListingLaws.Summary(1));
        await test.KeepHouseAsync();
        await Assert.ThrowsAsync<FencedException>(() => test.Store.AppendAsync(old, TestStore.Bytes("ghost")).AsTask());
        Assert.Equal(1, await other.AppendAsync(reborn, TestStore.Bytes("new")));
        Assert.Null(Assert.Single((await other.ListModelsAsync(new ModelQuery())).Models).Summary);
        Assert.Equal(0, await test.CountAsync("SELECT count(*) FROM summaries"));
    }
}
