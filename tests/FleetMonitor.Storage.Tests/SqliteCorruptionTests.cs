namespace FleetMonitor.Storage.Tests;

public sealed class SqliteCorruptionTests
{
    [Fact]
    public async Task File_DamagedWhileRunning_RefusesBatchesForGood()
    {
        await using var test = SqliteTestStore.Open();
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
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
    }

    [Fact]
    public async Task File_DamagedWhereTheWriterWrites_FailsTheAppend()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 100; i++) await test.Store.AppendAsync(lease, TestStore.RandomBytes(50_000, i));
        DamagePages(test);
        test.Connection.Execute("PRAGMA shrink_memory"); // The writer's own cache is whole.

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("x")).AsTask());
        Assert.Contains("corrupt", refused.Message, StringComparison.Ordinal);
        Assert.False(test.Store.Health.IsReady);
    }

    // Rubbish over every page but the first few, which hold the schema and the small tables; after everything has moved from the write-ahead log into the file.
    private static void DamagePages(SqliteTestStore test)
    {
        test.Connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        using var file = new FileStream(test.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = 16 * 4096;
        file.Write(TestStore.RandomBytes((int)(file.Length - file.Position)));
    }
}
