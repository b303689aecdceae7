namespace FleetMonitor.Storage.Tests;

public sealed class CorruptionTests
{
    [Fact]
    public async Task File_DamagedWhileRunning_RefusesBatchesForGood()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 100; i++) await test.Store.AppendAsync(lease, TestStore.RandomBytes(50_000, i));
        DamagePages(test);

        var unreadable = await Assert.ThrowsAsync<StoreUnavailableException>(() => test.ReadAsync(lease));
        Assert.Contains("corrupt", unreadable.Message, StringComparison.Ordinal);
        Assert.False(test.Store.Health.IsReady);
        Assert.Contains("corrupt", test.Store.Health.Reason, StringComparison.Ordinal);
        Assert.Contains(test.Path, test.Store.Health.Reason, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("x")).AsTask());
        Assert.Contains("corrupt", refused.Message, StringComparison.Ordinal);

        // A test write might well succeed on pages that are whole; it must not be asked.
        await test.Store.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
    }

    [Fact]
    public async Task File_DamagedWhereTheWriterWrites_FailsTheAppend()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 100; i++) await test.Store.AppendAsync(lease, TestStore.RandomBytes(50_000, i));
        DamagePages(test);
        test.Store.Connection.Execute("PRAGMA shrink_memory"); // The writer's own cache is whole.

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("x")).AsTask());
        Assert.Contains("corrupt", refused.Message, StringComparison.Ordinal);
        Assert.False(test.Store.Health.IsReady);
    }

    [Fact]
    public async Task Record_WithAFlippedBit_IsFoundAtReplayAndCostsOnlyItsModel()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("rotten");
        var sound = await test.OpenModelAsync("sound");
        for (var i = 1; i <= 3; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"body {i}"));
        await test.Store.AppendAsync(sound, TestStore.Bytes("body"));
        using (var connection = test.Connect())
        {
            connection.Execute($"UPDATE log SET body = CAST('bodY 2' AS BLOB) WHERE model_id = {lease.ModelId} AND sequence = 2");
        }

        var damaged = await Assert.ThrowsAsync<StoreCorruptException>(() => test.ReadAsync(lease));
        Assert.Contains("'rotten'", damaged.Message, StringComparison.Ordinal);
        Assert.Contains("sequence 2", damaged.Message, StringComparison.Ordinal);
        Assert.True(test.Store.Health.IsReady);
        Assert.Equal(["body"], await test.ReadAsync(sound));
    }

    [Fact]
    public async Task Record_Missing_IsFoundAtReplay()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 5; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        using (var connection = test.Connect()) connection.Execute("DELETE FROM log WHERE sequence = 3");
        var damaged = await Assert.ThrowsAsync<StoreCorruptException>(() => test.ReadAsync(lease));
        Assert.Contains("missing", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoint_WithAFlippedBit_IsFoundAtOpen()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        await test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("state"));
        using (var connection = test.Connect()) connection.Execute("UPDATE checkpoints SET state = CAST('stato' AS BLOB)");
        var damaged = await Assert.ThrowsAsync<StoreCorruptException>(() => test.OpenModelAsync("m"));
        Assert.Contains("checkpoint", damaged.Message, StringComparison.Ordinal);
        Assert.True(test.Store.Health.IsReady);
    }

    // Rubbish over every page but the first few, which hold the schema and the small tables; after everything has moved from the write-ahead log into the file.
    private static void DamagePages(TestStore test)
    {
        test.Store.Connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        using var file = new FileStream(test.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = 16 * 4096;
        file.Write(TestStore.RandomBytes((int)(file.Length - file.Position)));
    }
}
