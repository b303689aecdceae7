using SQLitePCL;

namespace FleetMonitor.Storage.Tests;

public sealed class SqliteDiskTests
{
    [Fact]
    public async Task DiskFull_RefusesWithTheReasonAndRecoversWithoutTraffic()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        test.Connection.Execute("PRAGMA max_page_count = 1"); // SQLite takes the present size for the least: from now on SQLITE_FULL.

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, new byte[100_000]).AsTask());
        Assert.Contains("disk full", refused.Message, StringComparison.Ordinal);
        Assert.Contains(test.Path, refused.Message, StringComparison.Ordinal);
        Assert.False(test.Store.Health.IsReady);
        Assert.Equal(refused.Message, test.Store.Health.Reason);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("2")).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("one")));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.OpenModelAsync("other"));
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        Assert.Equal(["1"], await test.ReadAsync(lease)); // Reading goes on.

        test.Connection.Execute("PRAGMA max_page_count = 1000000");
        await test.KeepHouseAsync();
        Assert.True(test.Store.Health.IsReady);
        Assert.Null(test.Store.Health.Reason);
        Assert.Equal(2, await test.Store.AppendAsync(lease, TestStore.Bytes("2")));
        Assert.Equal(["1", "2"], await test.ReadAsync(lease));
    }

    [Fact]
    public async Task DiskFull_Recovery_ComesWithTheClock()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        test.Connection.Execute("PRAGMA max_page_count = 1");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, new byte[100_000]).AsTask());
        test.Connection.Execute("PRAGMA max_page_count = 1000000");
        test.Time.Advance(TimeSpan.FromSeconds(1));
        await test.KeepHouseAsync(); // Queued behind the clock's own round.
        Assert.True(test.Store.Health.IsReady);
        Assert.Equal(TestStore.Now.AddSeconds(1), test.Store.Health.Since);
    }

    [Fact]
    public async Task DiskNearlyFull_RecordThatDoesNotFit_FailsAloneAndItsNeighboursAreKept()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        var pages = test.Connection.Scalar<long>("PRAGMA page_count");
        test.Connection.Execute($"PRAGMA max_page_count = {pages + 100}");
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

    [Fact]
    public async Task DiskFull_WithALogToFree_FreesItAndRecovers()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 20; i++) await test.Store.AppendAsync(lease, new byte[50_000]);
        var pages = test.Connection.Scalar<long>("PRAGMA page_count");
        test.Connection.Execute($"PRAGMA max_page_count = {pages + 2}");
        await test.Store.SaveCheckpointAsync(lease, 20, TestStore.Bytes("twenty"));
        await test.KeepHouseAsync();
        Assert.Equal(21, await test.Store.AppendAsync(lease, new byte[500_000]));
        Assert.True(test.Store.Health.IsReady);
    }

    /// <summary>The disk took the test write and had no room left for its removal.</summary>
    [Fact]
    public async Task DiskFull_InTheMiddleOfATestWrite_RecoversAllTheSame()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        test.Connection.Execute("CREATE TRIGGER full BEFORE DELETE ON meta BEGIN SELECT RAISE(FAIL, 'full'); END");
        await test.RefuseWritesAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("1")).AsTask());
        await test.AllowWritesAsync();
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        Assert.Equal(1, await test.CountAsync("SELECT count(*) FROM meta WHERE key = 'probe'"));

        test.Connection.Execute("DROP TRIGGER full");
        await test.KeepHouseAsync();
        Assert.True(test.Store.Health.IsReady, test.Store.Health.Reason);
        Assert.Equal(1, await test.Store.AppendAsync(lease, TestStore.Bytes("1")));
        Assert.Equal(0, await test.CountAsync("SELECT count(*) FROM meta WHERE key = 'probe'"));
    }

    [Fact]
    public async Task Disk_ThatHangs_IsNoticedByTheClockAndRefusesUntilItAnswers()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        using var disk = new HangingDisk(test);
        var under = test.Store.AppendAsync(lease, TestStore.Bytes("1")).AsTask();
        await disk.Hangs;
        test.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.True(test.Store.Health.IsReady);
        test.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(test.Store.Health.IsReady);
        Assert.Contains("does not answer", test.Store.Health.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("never")).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.SaveCheckpointAsync(lease, 0, TestStore.Bytes("never")));
        Assert.False(under.IsCompleted);

        disk.Answer();
        Assert.Equal(1, await under);
        await test.KeepHouseAsync();
        Assert.True(test.Store.Health.IsReady, test.Store.Health.Reason);
        Assert.Equal(2, await test.Store.AppendAsync(lease, TestStore.Bytes("2")));
        test.Time.Advance(TimeSpan.FromMinutes(5)); // Nothing is under way.
        Assert.True(test.Store.Health.IsReady, test.Store.Health.Reason);
    }

    /// <summary>A large record may take as long as a slow disk needs for it.</summary>
    [Fact]
    public async Task Disk_ThatTakesALargeRecord_HasMoreTime()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        using var disk = new HangingDisk(test);
        var large = test.Store.AppendAsync(lease, new byte[40 << 20]).AsTask();
        await disk.Hangs;
        test.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.True(test.Store.Health.IsReady, test.Store.Health.Reason);
        disk.Answer();
        Assert.Equal(1, await large);
    }

    [Fact]
    public async Task Dispose_WhileTheDiskHangs_EndsAndFailsWhatWaits()
    {
        var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        using var disk = new HangingDisk(test);
        var under = test.Store.AppendAsync(lease, TestStore.Bytes("1")).AsTask();
        await disk.Hangs;
        var waiting = test.Store.AppendAsync(lease, TestStore.Bytes("2")).AsTask();
        var disposing = test.DisposeAsync().AsTask();
        await Wait.UntilAsync(
            () =>
            {
                test.Time.Advance(TimeSpan.FromSeconds(1));
                return disposing.IsCompleted;
            },
            TimeSpan.FromSeconds(30), () => "The store to be left.");
        await disposing;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => waiting);
        Assert.False(under.IsCompleted);
        disk.Answer();
        Assert.Equal(1, await under);
    }

    [SkippableFact]
    public async Task File_RemovedUnderTheStore_RefusesUntilItIsBack()
    {
        Skip.If(OperatingSystem.IsWindows(), "an open file cannot be removed there");
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        File.Move(test.Path, test.Path + ".away");
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        Assert.Contains("removed", test.Store.Health.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("1")).AsTask());

        File.Move(test.Path + ".away", test.Path);
        await test.KeepHouseAsync();
        Assert.Equal(1, await test.Store.AppendAsync(lease, TestStore.Bytes("1")));
    }

    /// <summary>As a restore does over a running silo. What was not kept was not acknowledged, and the file that came is whole.</summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task File_ReplacedUnderTheStore_RefusesUntilTheRestart_WhichFindsItWhole(bool removedBefore)
    {
        Skip.If(OperatingSystem.IsWindows(), "an open file cannot be replaced there");
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        await test.ExecuteAsync($"VACUUM INTO '{test.Path}.copy'");
        for (var i = 2; i <= 50; i++) await test.Store.AppendAsync(lease, TestStore.RandomBytes(3_000, i));
        if (removedBefore)
        {
            File.Delete(test.Path);
            await test.KeepHouseAsync();
        }
        File.Move(test.Path + ".copy", test.Path, overwrite: true);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("never")).AsTask());
        await test.KeepHouseAsync();
        Assert.Contains("replaced", test.Store.Health.Reason, StringComparison.Ordinal);
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);

        await test.Store.DisposeAsync();
        test.Reopen();
        Assert.Equal(["1"], await test.ReplayAsync("m"));
        Assert.Equal("ok", test.Connection.Scalar<string>("PRAGMA integrity_check"));
        Assert.Equal(2, await test.Store.AppendAsync(await test.OpenModelAsync("m"), TestStore.Bytes("2")));
    }

    [SkippableFact]
    public async Task File_RenamedUnderTheStore_HasAllThatWasAcknowledged()
    {
        Skip.If(OperatingSystem.IsWindows(), "an open file cannot be renamed there");
        using var elsewhere = new TempFolder();
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 50; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        File.Move(test.Path, test.Path + ".away");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("never")).AsTask());
        File.Copy(test.Path + ".away", elsewhere.File("fleet.db"));

        await test.Store.DisposeAsync();
        File.Move(elsewhere.File("fleet.db"), test.Path);
        test.Reopen();
        Assert.Equal(Enumerable.Range(1, 50).Select(i => $"{i}"), await test.ReplayAsync("m"));
    }

    /// <summary>The kernel's own ENOSPC, on a file system of 6 MB.</summary>
    [SkippableFact]
    public async Task DiskFull_OnASmallFileSystem_LosesNothingThatWasAcknowledged()
    {
        using var folder = new TempFolder();
        var lines = await ChildProcess.RunInOwnMountsAsync($"mount -t tmpfs -o size=6m tmpfs '{folder.Path}'; exec \"$@\"", "fill", folder.Path);
        Assert.Equal(4, lines.Length);
        Assert.Contains("disk full", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("full False True", lines[1], StringComparison.Ordinal);
        Assert.Contains("disk full", lines[1], StringComparison.Ordinal);
        Assert.Equal("room True", lines[2]);
        Assert.Equal("kept True", lines[3]);
    }

    [SkippableFact]
    public async Task Open_ReadOnlyFile_IsRefusedWithThePath()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "fleet.db");
        await ChildProcess.RunInOwnMountsAsync("exec \"$@\"", "open", path);
        var lines = await ChildProcess.RunInOwnMountsAsync($"mount --bind '{path}' '{path}'; mount -o remount,bind,ro '{path}'; exec \"$@\"", "open", path);
        var refused = Assert.Single(lines);
        Assert.Contains(path, refused, StringComparison.Ordinal);
        Assert.Contains("read-only", refused, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Open_ReadOnlyFileSystem_IsRefusedWithThePath()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "fleet.db");
        var lines = await ChildProcess.RunInOwnMountsAsync(
            $"mount --bind '{folder.Path}' '{folder.Path}'; mount -o remount,bind,ro '{folder.Path}'; exec \"$@\"", "open", path);
        var refused = Assert.Single(lines);
        Assert.Contains(path, refused, StringComparison.Ordinal);
        Assert.Contains("ead-only", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublishSummary_DiskFull_IsKeptForLater()
    {
        await using var test = SqliteTestStore.Open();
        var leases = new List<ModelLease>();
        for (var i = 0; i < 200; i++) leases.Add(await test.OpenModelAsync($"m{i}"));
        test.Connection.Execute("PRAGMA max_page_count = 1");
        var wide = ListingLaws.Summary(1) with { Family = new string('f', 2000) };
        foreach (var lease in leases) test.Store.PublishSummary(lease, wide);
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        test.Store.PublishSummary(leases[0], ListingLaws.Summary(2)); // Newer than the one that was put back.

        test.Connection.Execute("PRAGMA max_page_count = 1000000");
        await test.KeepHouseAsync();
        var page = await test.Store.ListModelsAsync(new ModelQuery { PageSize = 500 });
        Assert.Equal(200, page.Models.Count(row => row.Summary is not null));
        Assert.Equal(ListingLaws.Summary(2), page.Models.Single(row => row.Name == "m0").Summary);
    }

    /// <summary>From now on a commit does not return until the disk answers.</summary>
    private sealed class HangingDisk : IDisposable
    {
        private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _answers = new();

        public HangingDisk(SqliteTestStore test) => raw.sqlite3_commit_hook(
            test.Connection.Handle,
            _ =>
            {
                _hangs.TrySetResult();
                _answers.Wait();
                return 0;
            },
            null);

        public Task Hangs => _hangs.Task;

        public void Answer() => _answers.Set();

        // Not the event: the hook may still be called.
        public void Dispose() => Answer();
    }
}
