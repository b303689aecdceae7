namespace FleetMonitor.Storage.Tests;

public sealed class CheckpointTests
{
    [Fact]
    public async Task Checkpoint_ThenReplay_IsTheCheckpointAndWhatLiesBehindIt()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 10; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.Store.SaveCheckpointAsync(lease, 7, TestStore.Bytes("seven"));
        await test.Store.DisposeAsync();

        test.Reopen();
        var reopened = await test.OpenModelAsync("m");
        Assert.Equal(7, reopened.CheckpointSequence);
        Assert.Equal("seven", TestStore.Text(reopened.Checkpoint!.Value));
        Assert.Null(reopened.WithoutCheckpoint().Checkpoint);
        Assert.Equal(["8", "9", "10"], await test.ReadAsync(reopened, 7));
        Assert.Equal(11, await test.Store.AppendAsync(reopened, TestStore.Bytes("11")));
    }

    [Fact]
    public async Task Checkpoint_OfTheWholeLog_KeepsTheSequence()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 3; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.Store.SaveCheckpointAsync(lease, 3, TestStore.Bytes("three"));
        await TrimAllAsync(test);
        await test.Store.DisposeAsync();

        test.Reopen();
        var reopened = await test.OpenModelAsync("m");
        Assert.Empty(await test.ReadAsync(reopened, 3));
        Assert.Equal(4, await test.Store.AppendAsync(reopened, TestStore.Bytes("4")));
    }

    [Fact]
    public async Task Checkpoint_InTheMiddleOfARow_KeepsTheRowAndReplaysItsRest()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        List<Task<long>> appends;
        using (test.HoldWriter()) appends = [.. Enumerable.Range(1, 1000).Select(i => test.Store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask())];
        await Task.WhenAll(appends);
        await test.Store.SaveCheckpointAsync(lease, 600, TestStore.Bytes("state"));
        await TrimAllAsync(test);

        var reopened = await test.OpenModelAsync("m");
        Assert.Equal(Enumerable.Range(601, 400).Select(i => $"{i}"), await test.ReadAsync(reopened, 600));
    }

    [Fact]
    public async Task Checkpoint_OutsideOfTheLog_IsRefusedAndTheLastOneStands()
    {
        await using var test = TestStore.Open();
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

    [Fact]
    public async Task ReadLog_BehindTheCheckpoint_IsTheCallersMistake()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        await test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("one"));
        var reopened = await test.OpenModelAsync("m");
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.ReadAsync(reopened, 0));
    }

    [Fact]
    public async Task Trim_BehindCheckpointsAndOfDeletedModels_LeavesNothing()
    {
        await using var test = TestStore.Open();
        for (var model = 0; model < 3; model++)
        {
            var lease = await test.OpenModelAsync($"m{model}");
            for (var i = 1; i <= 700; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
            if (model == 0) await test.Store.DeleteModelAsync(lease);
            else await test.Store.SaveCheckpointAsync(lease, 700 - model, TestStore.Bytes("state"));
        }
        await TrimAllAsync(test);

        using var connection = test.Connect();
        Assert.Equal(3L, connection.Scalar<long>("SELECT count(*) FROM log"));
        Assert.Equal(0L, connection.Scalar<long>("SELECT count(*) FROM trims"));
        Assert.Equal(["700"], await test.ReplayAsync("m1"));
        Assert.Equal(["699", "700"], await test.ReplayAsync("m2"));
        Assert.Empty(await test.ReplayAsync("m0"));
    }

    [Fact]
    public async Task Trim_InterruptedByTheEnd_ResumesAtTheNextStart()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 100; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.Store.DisposeAsync();
        using (var connection = test.Connect())
        {
            // What a process leaves that saved a checkpoint and died before it had freed anything.
            connection.Execute($"INSERT INTO trims VALUES ({lease.ModelId}, 90)");
        }

        test.Reopen();
        await TrimAllAsync(test);
        using var after = test.Connect();
        Assert.Equal(91L, after.Scalar<long>("SELECT min(sequence) FROM log"));
    }

    [Fact]
    public async Task Trim_Budget_BoundsAStep()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 100; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.Store.DisposeAsync();

        using (var connection = test.Connect())
        {
            connection.Execute($"INSERT INTO trims VALUES ({lease.ModelId}, 95)");
            using var log = new SqliteLog(connection);
            foreach (var left in (long[])[60, 20, 5, 5])
            {
                Assert.True(left == 5 || log.HasTrims);
                log.Trim(40);
                Assert.Equal(left, connection.Scalar<long>("SELECT count(*) FROM log"));
            }
            Assert.False(log.HasTrims);
        }
        test.Reopen();
    }

    [Fact]
    public async Task File_ManyRoundsOfLogAndCheckpoint_ReusesItsPages()
    {
        await using var test = TestStore.Open(options => options.MaxWriteAheadBytes = 1 << 20);
        var lease = await test.OpenModelAsync("m");
        const int RoundBytes = 40 * 50_000;
        for (var round = 1; round <= 20; round++)
        {
            for (var i = 0; i < 40; i++) await test.Store.AppendAsync(lease, new byte[50_000]);
            await test.Store.SaveCheckpointAsync(lease, round * 40, new byte[50_000]);
            await TrimAllAsync(test);
        }
        Assert.InRange(new FileInfo(test.Path).Length, 1, 3 * RoundBytes);
    }

    [Fact]
    public async Task WriteAheadLog_UnderSustainedWriting_StaysNearItsLimit()
    {
        const int Limit = 4 << 20;
        await using var test = TestStore.Open(options => options.MaxWriteAheadBytes = Limit);
        var lease = await test.OpenModelAsync("m");
        long longest = 0;
        for (var i = 0; i < 400; i++)
        {
            await test.Store.AppendAsync(lease, new byte[100_000]);
            longest = Math.Max(longest, new FileInfo(test.Path + "-wal").Length);
        }
        Assert.InRange(longest, 1 << 20, Limit + (1 << 20));
    }

    private static async Task TrimAllAsync(TestStore test)
    {
        using var connection = test.Connect();
        // Each round is followed by a step; a hundred steps free more rows than any test here has.
        for (var round = 0; round < 100 && connection.Scalar<long>("SELECT count(*) FROM trims") > 0; round++) await test.Store.KeepHouseAsync();
    }
}
