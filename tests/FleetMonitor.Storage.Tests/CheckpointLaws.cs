namespace FleetMonitor.Storage.Tests;

/// <summary>What a checkpoint promises, on every store.</summary>
public abstract class CheckpointLaws(StoreKind kind)
{
    [SkippableFact]
    public async Task Checkpoint_ThenReplay_IsTheCheckpointAndWhatLiesBehindIt()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 10; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.Store.SaveCheckpointAsync(lease, 7, TestStore.Bytes("seven"));
        await test.Store.DisposeAsync();

        await test.ReopenAsync();
        var reopened = await test.OpenModelAsync("m");
        Assert.Equal(7, reopened.CheckpointSequence);
        Assert.Equal("seven", TestStore.Text(reopened.Checkpoint!.Value));
        Assert.Null(reopened.WithoutCheckpoint().Checkpoint);
        Assert.Equal(["8", "9", "10"], await test.ReadAsync(reopened, 7));
        Assert.Equal(11, await test.Store.AppendAsync(reopened, TestStore.Bytes("11")));
    }

    [SkippableFact]
    public async Task Checkpoint_OfTheWholeLog_KeepsTheSequence()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 3; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.Store.SaveCheckpointAsync(lease, 3, TestStore.Bytes("three"));
        await test.TidyAsync();
        await test.Store.DisposeAsync();

        await test.ReopenAsync();
        var reopened = await test.OpenModelAsync("m");
        Assert.Empty(await test.ReadAsync(reopened, 3));
        Assert.Equal(4, await test.Store.AppendAsync(reopened, TestStore.Bytes("4")));
    }

    [SkippableFact]
    public async Task Checkpoint_InTheMiddleOfARow_KeepsTheRowAndReplaysItsRest()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        List<Task<long>> appends;
        using (test.HoldWriter()) appends = [.. Enumerable.Range(1, 1000).Select(i => test.Store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask())];
        await Task.WhenAll(appends);
        await test.Store.SaveCheckpointAsync(lease, 600, TestStore.Bytes("state"));
        await test.TidyAsync();

        var reopened = await test.OpenModelAsync("m");
        Assert.Equal(Enumerable.Range(601, 400).Select(i => $"{i}"), await test.ReadAsync(reopened, 600));
    }

    [SkippableFact]
    public async Task Checkpoint_OutsideOfTheLog_IsRefusedAndTheLastOneStands()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 5; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.Store.SaveCheckpointAsync(lease, 3, TestStore.Bytes("three"));

        await Assert.ThrowsAsync<ArgumentException>(() => test.Store.SaveCheckpointAsync(lease, 6, TestStore.Bytes("beyond")));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Store.SaveCheckpointAsync(lease, 2, TestStore.Bytes("behind")));
        await test.Store.SaveCheckpointAsync(lease, 3, TestStore.Bytes("three, in a newer format"));
        var reopened = await test.OpenModelAsync("m");
        Assert.Equal("three, in a newer format", TestStore.Text(reopened.Checkpoint!.Value));
        Assert.Equal(["4", "5"], await test.ReadAsync(reopened, 3));
    }

    [SkippableFact]
    public async Task ReadLog_BehindTheCheckpoint_IsTheCallersMistake()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        await test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("one"));
        var reopened = await test.OpenModelAsync("m");
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.ReadAsync(reopened, 0));
    }
}
