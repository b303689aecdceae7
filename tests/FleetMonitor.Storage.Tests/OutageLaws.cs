namespace FleetMonitor.Storage.Tests;

/// <summary>A database that refuses for a while, on every store.</summary>
public abstract class OutageLaws(StoreKind kind)
{
    [SkippableFact]
    public async Task ReadOnly_WhileRunning_RefusesAtTheDoorAndRecovers()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        await test.RefuseWritesAsync();
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("2")).AsTask());
        Assert.Contains("read-only", refused.Message, StringComparison.Ordinal);
        Assert.False(test.Store.Health.IsReady);
        Assert.Equal(refused.Message, test.Store.Health.Reason);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("one")));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.DeleteModelAsync(lease));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.OpenModelAsync("other"));
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        Assert.Equal(["1"], await test.ReadAsync(lease)); // Reading goes on.

        await test.AllowWritesAsync();
        await test.KeepHouseAsync();
        Assert.True(test.Store.Health.IsReady);
        Assert.Null(test.Store.Health.Reason);
        Assert.Equal(2, await test.Store.AppendAsync(lease, TestStore.Bytes("2")));
        Assert.Equal(["1", "2"], await test.ReadAsync(lease));
    }

    [SkippableFact]
    public async Task Recovery_ComesWithTheClock()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await test.RefuseWritesAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("1")).AsTask());
        await test.AllowWritesAsync();
        test.Time.Advance(TimeSpan.FromSeconds(1));
        await test.KeepHouseAsync(); // Queued behind the clock's own round.
        Assert.True(test.Store.Health.IsReady);
        Assert.Equal(TestStore.Now.AddSeconds(1), test.Store.Health.Since);
    }

    [SkippableFact]
    public async Task Locked_ByAnotherForLong_RefusesAndRecovers()
    {
        await using var test = await kind.OpenAsync(new StoreSettings { Impatient = true });
        var lease = await test.OpenModelAsync("m");
        using (test.HoldWriter())
        {
            var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("1")).AsTask());
            Assert.Contains("locked by another", refused.Message, StringComparison.Ordinal);
            await test.KeepHouseAsync();
            Assert.False(test.Store.Health.IsReady);
        }
        await test.KeepHouseAsync();
        Assert.Equal(1, await test.Store.AppendAsync(lease, TestStore.Bytes("1")));
    }

    [SkippableFact]
    public async Task PublishSummary_WhileRefused_IsKeptForLater()
    {
        await using var test = await kind.OpenAsync();
        var (first, second) = (await test.OpenModelAsync("m0"), await test.OpenModelAsync("m1"));
        await test.RefuseWritesAsync();
        test.Store.PublishSummary(first, ListingLaws.Summary(1));
        test.Store.PublishSummary(second, ListingLaws.Summary(1));
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        test.Store.PublishSummary(first, ListingLaws.Summary(2)); // Newer than the one that was put back.
        await test.AllowWritesAsync();
        await test.KeepHouseAsync();
        var page = await test.Store.ListModelsAsync(new ModelQuery { Sort = ModelSort.Name });
        Assert.Equal([ListingLaws.Summary(2), ListingLaws.Summary(1)], page.Models.Select(row => row.Summary));
    }
}
