using System.Globalization;

namespace FleetMonitor.Storage.Tests;

/// <summary>The log's partitions: dropped when nothing in them is needed, never before.</summary>
[Collection(PostgresSuite.Name)]
public sealed class PostgresPartitionTests(PostgresKind kind)
{
    private const string Partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'log'::regclass";

    [SkippableFact]
    public async Task Partitions_BehindEveryCheckpoint_AreDropped()
    {
        await using var test = await OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await FillAsync(test, lease, rounds: 6);
        Assert.True(await test.CountAsync(Partitions) >= 6);

        await test.Store.SaveCheckpointAsync(lease, 60, TestStore.Bytes("state"));
        await test.TidyAsync();
        Assert.Equal(2, await test.CountAsync(Partitions)); // The current one and the next.
        Assert.Equal(61, await test.Store.AppendAsync(lease, TestStore.Bytes("61")));
        Assert.Equal(["61"], await test.ReplayAsync("m"));
    }

    [SkippableFact]
    public async Task Partitions_OfADeletedModel_AreDropped()
    {
        await using var test = await OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await FillAsync(test, lease, rounds: 4);
        await test.Store.DeleteModelAsync(lease);
        await test.TidyAsync();
        Assert.Equal(2, await test.CountAsync(Partitions));
    }

    [SkippableFact]
    public async Task Partitions_StillNeeded_Stay()
    {
        await using var test = await OpenAsync();
        var (busy, lagging) = (await test.OpenModelAsync("busy"), await test.OpenModelAsync("lagging"));
        // A third of each partition belongs to a model without a checkpoint.
        for (var round = 0; round < 4; round++)
        {
            await FillAsync(test, busy, rounds: 1);
            for (var i = 1; i <= 5; i++) await test.Store.AppendAsync(lagging, TestStore.RandomBytes(8000, round * 5 + i));
        }
        var before = await test.CountAsync(Partitions);
        await test.Store.SaveCheckpointAsync(busy, 40, TestStore.Bytes("state"));
        await test.TidyAsync();
        Assert.True(await test.CountAsync(Partitions) >= before);
        await AssertRandomAsync(test, "lagging", 20, 8000);
    }

    [SkippableFact]
    public async Task Partitions_WhereLittleIsNeeded_AreEmptiedAndDropped()
    {
        await using var test = await OpenAsync();
        var (busy, quiet) = (await test.OpenModelAsync("busy"), await test.OpenModelAsync("quiet"));
        for (var i = 1; i <= 3; i++)
        {
            await test.Store.AppendAsync(quiet, TestStore.RandomBytes(1000, i));
            await FillAsync(test, busy, rounds: 2);
        }
        await test.Store.SaveCheckpointAsync(busy, 60, TestStore.Bytes("state"));
        await test.TidyAsync();
        Assert.Equal(2, await test.CountAsync(Partitions));
        Assert.Equal(3, await test.CountAsync("SELECT count(*) FROM log"));
        await AssertRandomAsync(test, "quiet", 3, 1000);
    }

    [SkippableFact]
    public async Task Partitions_ThatHoldADeletedModel_GoAlthoughOthersNeedThem_AndNotForEachDeletion()
    {
        await using var test = await kind.OpenAsync(null, options => options.PartitionBytes = 1 << 20);
        var (kept, gone, later) = (await test.OpenModelAsync("kept"), await test.OpenModelAsync("gone"), await test.OpenModelAsync("later"));
        for (var i = 1; i <= 5; i++)
        {
            await test.Store.AppendAsync(kept, TestStore.RandomBytes(8000, i));
            await test.Store.AppendAsync(gone, TestStore.RandomBytes(100, i));
            await test.Store.AppendAsync(later, TestStore.RandomBytes(100, i));
        }
        await test.Store.DeleteModelAsync(gone);
        await test.TidyAsync();
        var others = $"SELECT count(*) FROM log WHERE model_id NOT IN ({kept.ModelId}, {later.ModelId})";
        Assert.Equal(0, await test.CountAsync(others));
        await AssertRandomAsync(test, "kept", 5, 8000);

        await test.Store.DeleteModelAsync(await test.OpenModelAsync("later"));
        await test.TidyAsync();
        Assert.NotEqual(0, await test.CountAsync($"SELECT count(*) FROM log WHERE model_id = {later.ModelId}"));
        test.Time.Advance(TimeSpan.FromMinutes(11));
        await test.TidyAsync();
        Assert.Equal(0, await test.CountAsync($"SELECT count(*) FROM log WHERE model_id = {later.ModelId}"));
        await AssertRandomAsync(test, "kept", 5, 8000);
    }

    [SkippableFact]
    public async Task Partitions_ThatFillSlowly_LoseWhatCheckpointsGaveUpOnceAPeriod()
    {
        await using var test = await kind.OpenAsync(null, options => (options.PartitionBytes, options.ForgetPeriod) = (1 << 20, TimeSpan.FromMinutes(10)));
        var (kept, silent) = (await test.OpenModelAsync("kept"), await test.OpenModelAsync("silent"));
        for (var i = 1; i <= 5; i++)
        {
            await test.Store.AppendAsync(kept, TestStore.RandomBytes(8000, i));
            await test.Store.AppendAsync(silent, TestStore.RandomBytes(100, i));
        }
        await test.Store.SaveCheckpointAsync(silent, 5, TestStore.Bytes("state"));
        var givenUp = $"SELECT count(*) FROM log WHERE model_id = {silent.ModelId}";
        await test.TidyAsync();
        test.Time.Advance(TimeSpan.FromDays(400)); // The database's clock is what counts, and no silo's.
        await PassAsync(minutes: 9);
        await test.TidyAsync();
        Assert.NotEqual(0, await test.CountAsync(givenUp));

        await PassAsync(minutes: 2);
        await test.TidyAsync();
        Assert.Equal(0, await test.CountAsync(givenUp));
        Assert.InRange(await test.CountAsync("SELECT extract(epoch FROM now())::bigint - value FROM meta WHERE key = 'forgotten'"), 0, 120);
        var slice = await test.CountAsync("SELECT value FROM meta WHERE key = 'slice'");
        await test.TidyAsync();
        Assert.Equal(slice, await test.CountAsync("SELECT value FROM meta WHERE key = 'slice'"));
        Assert.Equal(2, await test.CountAsync(Partitions));
        await AssertRandomAsync(test, "kept", 5, 8000);

        // As a silo of an older version left it whose clock was a year ahead.
        await test.Store.AppendAsync(silent, TestStore.Bytes("6"));
        await test.Store.SaveCheckpointAsync(silent, 6, TestStore.Bytes("state"));
        await PassAsync(minutes: -500_000);
        test.Time.Advance(TimeSpan.FromMinutes(11));
        await test.TidyAsync();
        Assert.Equal(0, await test.CountAsync(givenUp));

        Task PassAsync(int minutes) => test.ExecuteAsync($"UPDATE meta SET value = value - {minutes * 60L} WHERE key = 'forgotten'");
    }

    /// <summary>As a backup does.</summary>
    [SkippableFact]
    public async Task Partitions_WhileSomebodyReadsTheLog_AreDroppedLaterAndAppendsGoOn()
    {
        await using var test = await OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await FillAsync(test, lease, rounds: 4);
        await test.Store.SaveCheckpointAsync(lease, 40, TestStore.Bytes("state"));
        await using (var reader = test.Connect())
        {
            await reader.ExecuteAsync("BEGIN; SELECT count(*) FROM log");
            await test.TidyAsync();
            Assert.True(await test.CountAsync(Partitions) >= 4);
            Assert.Equal(41, await test.Store.AppendAsync(lease, TestStore.Bytes("41")));
        }
        test.Time.Advance(TimeSpan.FromMinutes(2));
        await test.TidyAsync();
        Assert.Equal(2, await test.CountAsync(Partitions));
        Assert.Equal(["41"], await test.ReplayAsync("m"));
    }

    /// <summary>A silo's machine is gone in the middle of an append, which holds the log's gate: the appends of others go on, and once it is over the log moves on.</summary>
    [SkippableFact]
    public async Task Partitions_WhileASiloIsGoneInTheMiddleOfAnAppend_AreMovedOnLaterAndAppendsGoOn()
    {
        await using var test = await OpenAsync();
        await using var proxy = new FaultyProxy((await kind.ServerAsync()).Port);
        var way = new Npgsql.NpgsqlConnectionStringBuilder(test.ConnectionString) { Port = proxy.Port }.ConnectionString;
        await using var gone = await test.OpenAnotherAsync(options => (options.ConnectionString, options.CommandTimeout, options.DoubtTimeout) = (way, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        var (lease, theirs) = (await test.OpenModelAsync("m"), await gone.OpenModelAsync("theirs", TestStore.Now));
        Assert.Equal(1, await gone.AppendAsync(theirs, TestStore.Bytes("1")));
        proxy.Refuses = true;
        proxy.FallSilentAfter(200_000);
        var lost = gone.AppendAsync(theirs, new byte[1_000_000]).AsTask();
        const string Holders = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND a.wait_event = 'ClientRead'";
        await Wait.UntilAsync(async () => await test.CountAsync(Holders) > 0, TimeSpan.FromSeconds(30), () => "The gate to be taken.");

        const string Slice = "SELECT value FROM meta WHERE key = 'slice'";
        var slice = await test.CountAsync(Slice);
        for (var i = 1; i <= 10; i++) Assert.Equal(i, await test.Store.AppendAsync(lease, TestStore.RandomBytes(8000, i)));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var round = 0; round < 5; round++)
        {
            var keeping = test.KeepHouseAsync();
            await test.Store.AppendAsync(lease, TestStore.RandomBytes(8000, round));
            await keeping;
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(9), $"Rounds and appends took {watch.Elapsed}: each would have waited 10 s for the gate.");
        Assert.True(test.Store.Health.IsReady, test.Store.Health.Reason);
        Assert.Equal(slice, await test.CountAsync(Slice));

        await test.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"); // As TCP's keepalives do.
        test.Time.Advance(TimeSpan.FromMinutes(2));
        await Wait.UntilAsync(
            async () =>
            {
                await test.KeepHouseAsync();
                return await test.CountAsync(Slice) > slice;
            },
            TimeSpan.FromSeconds(30), () => "The log to move on.");
        await gone.DisposeAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lost);
    }

    /// <summary>Three silos write, save and look after the same partitions at once.</summary>
    [SkippableFact]
    public async Task Partitions_LookedAfterByManySilos_LoseNothing()
    {
        await using var test = await OpenAsync();
        await using var second = await test.OpenAnotherAsync();
        await using var third = await test.OpenAnotherAsync();
        PostgresFleetStore[] silos = [test.Store, second, third];
        using var end = new CancellationTokenSource();
        var keeping = silos.Select(async silo =>
        {
            while (!end.IsCancellationRequested) await silo.KeepHouseAsync();
        }).ToList();
        await Task.WhenAll(silos.Select((silo, number) => Task.Run(() => WriteAsync(silo, $"m{number}"))));
        await end.CancelAsync();
        await Task.WhenAll(keeping);
        for (var number = 0; number < silos.Length; number++)
        {
            var lease = await test.OpenModelAsync($"m{number}");
            Assert.Equal(400 - 400 % 70, lease.CheckpointSequence);
            Assert.Equal(Enumerable.Range((int)lease.CheckpointSequence + 1, 400 % 70), (await test.ReadAsync(lease, lease.CheckpointSequence)).Select(Number));
        }
        await test.TidyAsync();
        Assert.InRange(await test.CountAsync(Partitions), 2, 20);

        static async Task WriteAsync(PostgresFleetStore silo, string name)
        {
            var lease = await silo.OpenModelAsync(name, TestStore.Now);
            for (var i = 1; i <= 400; i++)
            {
                Assert.Equal(i, await silo.AppendAsync(lease, TestStore.Bytes($"{i}".PadRight(2000))));
                if (i % 70 == 0) await silo.SaveCheckpointAsync(lease, i, TestStore.Bytes($"{i}"));
            }
        }

        static int Number(string body) => int.Parse(body.TrimEnd(), CultureInfo.InvariantCulture);
    }

    private async Task<PostgresTestStore> OpenAsync() => await kind.OpenAsync(null, options => options.PartitionBytes = 1 << 16);

    // A round fills a partition: ten records of 8000 bytes.
    private static async Task FillAsync(PostgresTestStore test, ModelLease lease, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < 10; i++) await test.Store.AppendAsync(lease, TestStore.RandomBytes(8000, i));
            await test.KeepHouseAsync();
        }
    }

    private static async Task AssertRandomAsync(PostgresTestStore test, string name, int count, int length)
    {
        var found = 0;
        await foreach (var record in test.Store.ReadLogAsync(await test.OpenModelAsync(name), 0))
        {
            Assert.Equal(++found, record.Sequence);
            Assert.True(record.Body.Span.SequenceEqual(TestStore.RandomBytes(length, found)));
        }
        Assert.Equal(count, found);
    }
}
