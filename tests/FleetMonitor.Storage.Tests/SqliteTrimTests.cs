namespace FleetMonitor.Storage.Tests;

/// <summary>How SQLite frees what checkpoints gave up.</summary>
public sealed class SqliteTrimTests
{
    [Fact]
    public async Task Trim_BehindCheckpointsAndOfDeletedModels_LeavesNothing()
    {
        await using var test = SqliteTestStore.Open();
        for (var model = 0; model < 3; model++)
        {
            var lease = await test.OpenModelAsync($"m{model}");
            for (var i = 1; i <= 700; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
            if (model == 0) await test.Store.DeleteModelAsync(lease);
            else await test.Store.SaveCheckpointAsync(lease, 700 - model, TestStore.Bytes("state"));
        }
        await test.TidyAsync();

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
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 100; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.Store.DisposeAsync();
        using (var connection = test.Connect())
        {
            // What a process leaves that saved a checkpoint and died before it had freed anything.
            connection.Execute($"INSERT INTO trims VALUES ({lease.ModelId}, 90)");
        }

        test.Reopen();
        await test.TidyAsync();
        using var after = test.Connect();
        Assert.Equal(91L, after.Scalar<long>("SELECT min(sequence) FROM log"));
    }

    [Fact]
    public async Task Trim_Budget_BoundsAStep()
    {
        await using var test = SqliteTestStore.Open();
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
        await using var test = SqliteTestStore.Open(options => options.MaxWriteAheadBytes = 1 << 20);
        var lease = await test.OpenModelAsync("m");
        const int RoundBytes = 40 * 50_000;
        for (var round = 1; round <= 20; round++)
        {
            for (var i = 0; i < 40; i++) await test.Store.AppendAsync(lease, new byte[50_000]);
            await test.Store.SaveCheckpointAsync(lease, round * 40, new byte[50_000]);
            await test.TidyAsync();
        }
        Assert.InRange(new FileInfo(test.Path).Length, 1, 3 * RoundBytes);
    }

    [Fact]
    public async Task WriteAheadLog_UnderSustainedWriting_StaysNearItsLimit()
    {
        const int Limit = 4 << 20;
        await using var test = SqliteTestStore.Open(options => options.MaxWriteAheadBytes = Limit);
        var lease = await test.OpenModelAsync("m");
        long longest = 0;
        for (var i = 0; i < 400; i++)
        {
            await test.Store.AppendAsync(lease, new byte[100_000]);
            longest = Math.Max(longest, new FileInfo(test.Path + "-wal").Length);
        }
        Assert.InRange(longest, 1 << 20, Limit + (1 << 20));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delete_ErasesTheModelsBytesFromItsFiles_UnlessToldOtherwise(bool erase)
    {
        await using var test = SqliteTestStore.Open(options => options.Erase = erase);
        var other = await test.OpenModelAsync("other");
        var lease = await test.OpenModelAsync("secret");
        string[] secrets = ["first-hush-4711", "second-hush-4711", "state-hush-4711", "third-hush-4711"];
        byte[] Long(string secret) => [.. Enumerable.Repeat(TestStore.Bytes(secret), 2_000).SelectMany(bytes => bytes)];
        for (var i = 0; i < 50; i++) await test.Store.AppendAsync(lease, i % 2 == 0 ? TestStore.Bytes(secrets[0]) : Long(secrets[1]));
        await test.Store.SaveCheckpointAsync(lease, 50, Long(secrets[2]));
        await test.Store.AppendAsync(lease, Long(secrets[3]));
        await test.Store.AppendAsync(other, TestStore.Bytes("kept"));
        await test.Store.DeleteModelAsync(lease);
        await test.TidyAsync();

        if (!erase)
        {
            Assert.Contains(secrets[1], ReadFiles(test.Path), StringComparison.Ordinal);
            return;
        }
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (ReadFiles(test.Path).Contains("hush-4711", StringComparison.Ordinal)) await Task.Delay(20, patience.Token);
        Assert.Equal(["kept"], await test.ReplayAsync("other"));
    }

    /// <summary>The image of a process that was killed while somebody's reading kept the write-ahead log from being cut.</summary>
    [Fact]
    public async Task Delete_InterruptedByTheEnd_ErasesAtTheNextStart()
    {
        using var folder = new TempFolder();
        await using (var test = SqliteTestStore.Open())
        {
            var lease = await test.OpenModelAsync("secret");
            await test.Store.AppendAsync(lease, TestStore.Bytes("hush-4711"));
            using var reader = test.Connect();
            reader.Execute("BEGIN");
            Assert.Equal(1, reader.Scalar<long>("SELECT count(*) FROM log"));
            await test.Store.DeleteModelAsync(lease);
            await test.TidyAsync();
            await test.KeepHouseAsync();
            Assert.Contains("hush-4711", ReadFiles(test.Path), StringComparison.Ordinal);
            // As the process leaves them; its locks are gone with it.
            foreach (var end in (string[])["", "-wal"]) await File.WriteAllBytesAsync(folder.File("fleet.db" + end), System.Text.Encoding.Latin1.GetBytes(ReadFile(test.Path + end)));
        }
        await using var store = SqliteFleetStore.Open(
            new SqliteStoreOptions { Path = folder.File("fleet.db") }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<SqliteFleetStore>.Instance);
        await store.KeepHouseAsync();
        await store.KeepHouseAsync(); // Each round is followed by a step.
        Assert.DoesNotContain("hush-4711", ReadFiles(folder.File("fleet.db")), StringComparison.Ordinal);
    }

    private static string ReadFiles(string path) => string.Concat(new[] { path, path + "-wal" }.Where(File.Exists).Select(ReadFile));

    private static string ReadFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, System.Text.Encoding.Latin1);
        return reader.ReadToEnd();
    }
}
