namespace FleetMonitor.Storage.Tests;

/// <summary>That of two who believe to own a model only the newer can write, on every store.</summary>
public abstract class FencingLaws(StoreKind kind)
{
    [SkippableFact]
    public async Task OpenModel_Again_FencesTheEarlierLease()
    {
        await using var test = await kind.OpenAsync();
        var first = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(first, TestStore.Bytes("a"));
        var second = await test.OpenModelAsync("m");

        Assert.Equal(first.ModelId, second.ModelId);
        Assert.True(second.Epoch > first.Epoch);
        var refused = await Assert.ThrowsAsync<FencedException>(() => test.Store.AppendAsync(first, TestStore.Bytes("stale")).AsTask());
        Assert.Contains("'m'", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<FencedException>(() => test.Store.SaveCheckpointAsync(first, 1, TestStore.Bytes("stale")));
        await Assert.ThrowsAsync<FencedException>(() => test.Store.DeleteModelAsync(first));
        await Assert.ThrowsAsync<FencedException>(() => test.ReadAsync(first));
        Assert.Equal(2, await test.Store.AppendAsync(second, TestStore.Bytes("b")));
        Assert.Equal(["a", "b"], await test.ReadAsync(second));
    }

    [SkippableFact]
    public async Task Append_StaleLeaseInAGroup_FailsAloneAndItsNeighboursAreKept()
    {
        await using var test = await kind.OpenAsync();
        var stale = await test.OpenModelAsync("m");
        var current = await test.OpenModelAsync("m");
        var other = await test.OpenModelAsync("other");
        var appends = new List<(Task<long> Stale, Task<long> Current, Task<long> Other)>();
        using (test.HoldWriter())
        {
            for (var i = 0; i < 100; i++)
            {
                appends.Add((test.Store.AppendAsync(stale, TestStore.Bytes("stale")).AsTask(), test.Store.AppendAsync(current, TestStore.Bytes($"{i}")).AsTask(),
                    test.Store.AppendAsync(other, TestStore.Bytes($"{i}")).AsTask()));
            }
        }
        for (var i = 0; i < appends.Count; i++)
        {
            await Assert.ThrowsAsync<FencedException>(() => appends[i].Stale);
            Assert.Equal(i + 1, await appends[i].Current);
            Assert.Equal(i + 1, await appends[i].Other);
        }
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), await test.ReadAsync(current));
    }

    [SkippableFact]
    public async Task OpenModel_BetweenAppendsThatWait_IsTheirBorder()
    {
        await using var test = await kind.OpenAsync();
        var first = await test.OpenModelAsync("m");
        Task<long> before, after;
        Task<ModelLease> opening;
        using (test.HoldWriter())
        {
            before = test.Store.AppendAsync(first, TestStore.Bytes("before")).AsTask();
            opening = test.OpenModelAsync("m");
            after = test.Store.AppendAsync(first, TestStore.Bytes("after")).AsTask();
        }
        Assert.Equal(1, await before);
        await Assert.ThrowsAsync<FencedException>(() => after);
        Assert.Equal(["before"], await test.ReadAsync(await opening));
    }

    [SkippableFact]
    public async Task DeleteModel_ThenRecreate_StartsANewLifeThatOldLeasesCannotTouch()
    {
        await using var test = await kind.OpenAsync();
        var old = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(old, TestStore.Bytes("old"));
        await test.Store.SaveCheckpointAsync(old, 1, TestStore.Bytes("state"));
        await test.Store.AppendAsync(old, TestStore.Bytes("old too"));
        await test.Store.DeleteModelAsync(old);

        await Assert.ThrowsAsync<FencedException>(() => test.Store.AppendAsync(old, TestStore.Bytes("ghost")).AsTask());
        await Assert.ThrowsAsync<FencedException>(() => test.Store.DeleteModelAsync(old));
        var reborn = await test.OpenModelAsync("m");
        Assert.True(reborn.Epoch > old.Epoch);
        Assert.NotEqual(old.ModelId, reborn.ModelId);
        Assert.Null(reborn.Checkpoint);
        Assert.Equal(0, reborn.CheckpointSequence);
        await Assert.ThrowsAsync<FencedException>(() => test.Store.AppendAsync(old, TestStore.Bytes("ghost")).AsTask());
        await Assert.ThrowsAsync<FencedException>(() => test.Store.SaveCheckpointAsync(old, 1, TestStore.Bytes("ghost")));
        Assert.Equal(1, await test.Store.AppendAsync(reborn, TestStore.Bytes("new")));
        Assert.Equal(["new"], await test.ReadAsync(reborn));
    }

    [SkippableFact]
    public async Task Epochs_AcrossRestartsAndDeletions_OnlyRise()
    {
        await using var test = await kind.OpenAsync();
        long epoch = 0;
        for (var round = 0; round < 5; round++)
        {
            var lease = await test.OpenModelAsync("m");
            Assert.True(lease.Epoch > epoch);
            epoch = lease.Epoch;
            await test.Store.DeleteModelAsync(lease);
            await test.Store.DisposeAsync();
            await test.ReopenAsync();
        }
    }

    [SkippableFact]
    public async Task OpenModel_ManyAtOnce_ExactlyOneLeaseCanWrite()
    {
        await using var test = await kind.OpenAsync();
        var openings = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            try
            {
                return await Task.Run(() => test.OpenModelAsync("m"));
            }
            catch (FencedException)
            {
                return null; // Another one opened it before the checkpoint was read.
            }
        }));
        var leases = openings.OfType<ModelLease>().ToList();
        Assert.Equal(leases.Count, leases.Select(lease => lease.Epoch).Distinct().Count());

        var written = 0;
        foreach (var lease in leases)
        {
            try
            {
                await test.Store.AppendAsync(lease, TestStore.Bytes("x"));
                written++;
                Assert.Equal(leases.Max(other => other.Epoch), lease.Epoch);
            }
            catch (FencedException)
            {
                Assert.True(lease.Epoch < leases.Max(other => other.Epoch));
            }
        }
        Assert.Equal(1, written);
    }

    [SkippableFact]
    public async Task ReadLog_OpenedElsewhereInBetween_StopsInsteadOfSkipping()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 4; i++) await test.Store.AppendAsync(lease, new byte[600_000]);

        await Assert.ThrowsAsync<FencedException>(async () =>
        {
            await foreach (var record in test.Store.ReadLogAsync(lease, 0))
            {
                if (record.Sequence != 1) continue;
                var newer = await test.OpenModelAsync("m");
                await test.Store.SaveCheckpointAsync(newer, 4, TestStore.Bytes("state"));
            }
        });
    }
}
