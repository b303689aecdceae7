using Npgsql;

namespace FleetMonitor.Storage.Tests;

/// <summary>A server without room, as its own error codes tell of it.</summary>
[Collection(PostgresSuite.Name)]
public sealed class PostgresDiskTests(PostgresKind kind)
{
    [SkippableFact]
    public async Task DiskFull_RefusesWithTheReasonAndRecovers()
    {
        await using var test = await kind.OpenAsync(null, null);
        var lease = await test.OpenModelAsync("m");
        await test.RefuseWritesAsync(PostgresErrorCodes.DiskFull);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("1")).AsTask());
        Assert.Contains("disk full", refused.Message, StringComparison.Ordinal);
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        Assert.Contains("disk full", test.Store.Health.Reason, StringComparison.Ordinal);
        await test.AllowWritesAsync();
        await test.KeepHouseAsync();
        Assert.Equal(1, await test.Store.AppendAsync(lease, TestStore.Bytes("1")));
    }

    [SkippableFact]
    public async Task DiskNearlyFull_RecordThatDoesNotFit_FailsAloneAndItsNeighboursAreKept()
    {
        await using var test = await kind.OpenAsync(null, null);
        var lease = await test.OpenModelAsync("m");
        await test.ExecuteAsync($"""
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
            $body$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '{PostgresErrorCodes.DiskFull}'; END $body$;
            CREATE TRIGGER full_disk BEFORE INSERT ON log FOR EACH ROW WHEN (NEW.size > 100000) EXECUTE FUNCTION full_disk();
            """);
        List<Task<long>> small = [];
        Task<long> large;
        using (test.HoldWriter())
        {
            for (var i = 0; i < 50; i++) small.Add(test.Store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask());
            large = test.Store.AppendAsync(lease, new byte[1_000_000]).AsTask();
            for (var i = 50; i < 100; i++) small.Add(test.Store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask());
        }
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => large);
        Assert.Contains("disk full", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), await Task.WhenAll(small));
        Assert.True(test.Store.Health.IsReady);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), await test.ReadAsync(lease));
    }

    /// <summary>A checkpoint that is refused leaves the last one, and nothing of its own.</summary>
    [SkippableFact]
    public async Task Checkpoint_Refused_LeavesTheLastOneAndNothingElse()
    {
        await using var test = await kind.OpenAsync(null, null);
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 3; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.Store.SaveCheckpointAsync(lease, 2, TestStore.Bytes("two"));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Store.SaveCheckpointAsync(lease, 4, TestStore.Bytes("four")));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("one")));
        Assert.Equal(1, await test.CountAsync("SELECT count(*) FROM checkpoints"));
        var reopened = await test.OpenModelAsync("m");
        Assert.Equal("two", TestStore.Text(reopened.Checkpoint!.Value));
        Assert.Equal(["3"], await test.ReadAsync(reopened, 2));
    }
}
