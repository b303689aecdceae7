using System.Collections.Concurrent;
using System.Globalization;
using FleetMonitor.Storage.Tests.Writer;
using Npgsql;

namespace FleetMonitor.Storage.Tests;

/// <summary>What becomes of the store when its server is stopped, killed or frozen. Each test has a server of its own.</summary>
public sealed class PostgresServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The ledger is what was answered. The server is told to answer commits before they are on disk, and to take its time with that: the store has to insist.
    /// </summary>
    [SkippableFact]
    public async Task Kill_UnderLoad_EveryAnswerIsTrue()
    {
        string[] settings = ["synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=100000"];
        await using var server = await PostgresServer.StartAsync(settings);
        await using var test = await PostgresTestStore.OpenAsync(await server.CreateDatabaseAsync(), new StoreSettings { Clock = TimeProvider.System });
        const int Models = 4;
        var kept = new ConcurrentDictionary<(int Model, long Sequence), string>();
        var refused = new ConcurrentBag<string>();
        using var end = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Models).Select(model => Task.Run(() => WriteAsync(model))).ToList();
        for (var round = 1; round <= 3; round++)
        {
            var before = kept.Count;
            await Wait.UntilAsync(() => kept.Count > before + 300, Patience, () => $"Answers of round {round}: {test.Store.Health.Reason}");
            await server.KillAsync();
            await Wait.UntilAsync(() => !test.Store.Health.IsReady, Patience, () => "The store to notice.");
            Assert.Contains("fleet_1", test.Store.Health.Reason, StringComparison.Ordinal);
            await server.LaunchAsync(settings);
            await Wait.UntilAsync(() => test.Store.Health.IsReady, Patience, () => $"Recovery: {test.Store.Health.Reason}");
        }
        await end.CancelAsync();
        await Task.WhenAll(writers);

        for (var model = 0; model < Models; model++)
        {
            var log = await test.ReplayAsync($"m{model}");
            Assert.Equal(log.Count, kept.Keys.Count(key => key.Model == model)); // So nothing is there that was refused, and nothing twice.
            for (var i = 0; i < log.Count; i++) Assert.Equal(kept[(model, i + 1)], log[i]);
        }
        Assert.NotEmpty(refused);

        async Task WriteAsync(int model)
        {
            var lease = await test.OpenModelAsync($"m{model}");
            for (var number = 0; !end.IsCancellationRequested;)
            {
                var bodies = Enumerable.Range(0, 10).Select(_ => $"{model}/{number++}".PadRight(500)).ToList();
                var appends = bodies.Select(body => test.Store.AppendAsync(lease, TestStore.Bytes(body)).AsTask()).ToList();
                for (var i = 0; i < appends.Count; i++)
                {
                    try
                    {
                        Assert.True(kept.TryAdd((model, await appends[i]), bodies[i]), "A sequence was given twice.");
                    }
                    catch (StoreUnavailableException)
                    {
                        refused.Add(bodies[i]);
                        await Wait.BeforeRetryAsync(CancellationToken.None);
                    }
                }
            }
        }
    }

    [SkippableFact]
    public async Task Frozen_RefusesWithinABoundAndThenTellsTheTruth()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var test = await PostgresTestStore.OpenAsync(await server.CreateDatabaseAsync(), null, options =>
        {
            options.CommandTimeout = TimeSpan.FromSeconds(2);
            options.ConnectTimeout = TimeSpan.FromSeconds(1);
        });
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        server.Freeze();
        var doubtful = test.Store.AppendAsync(lease, TestStore.Bytes("2")).AsTask();
        await Wait.UntilAsync(() => !test.Store.Health.IsReady, Patience, () => "The store to notice.");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("never")).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Store.ListModelsAsync(new ModelQuery()));
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        Assert.False(doubtful.IsCompleted);

        server.Thaw();
        await Wait.UntilAsync(
            async () =>
            {
                await test.KeepHouseAsync();
                return test.Store.Health.IsReady;
            },
            Patience, () => $"Recovery: {test.Store.Health.Reason}");
        Assert.Equal(2, await doubtful);
        Assert.Equal(3, await test.Store.AppendAsync(lease, TestStore.Bytes("3")));
        Assert.Equal(["1", "2", "3"], await test.ReadAsync(lease));
    }

    [SkippableFact]
    public async Task Stopped_WithoutTraffic_IsNoticedAndRecoveredFrom()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var test = await PostgresTestStore.OpenAsync(await server.CreateDatabaseAsync());
        var lease = await test.OpenModelAsync("m");
        await test.KeepHouseAsync();
        await server.StopAsync();
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        Assert.Contains("cannot be reached", test.Store.Health.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.ReadAsync(lease));
        await server.LaunchAsync();
        await test.KeepHouseAsync();
        Assert.True(test.Store.Health.IsReady);
        Assert.Equal(1, await test.Store.AppendAsync(lease, TestStore.Bytes("1")));
        Assert.Equal(["1"], await test.ReadAsync(lease));
    }

    /// <summary>Whatever is asked next finds a dead connection and need not know.</summary>
    [SkippableFact]
    public async Task Restarted_WhileNobodyAsked_IsNotNoticed()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var test = await PostgresTestStore.OpenAsync(await server.CreateDatabaseAsync());
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 4; i++)
        {
            await server.StopAsync();
            await server.LaunchAsync();
            if (i == 2) await test.OpenModelAsync("other");
            if (i == 3) await test.Store.SaveCheckpointAsync(lease, 0, TestStore.Bytes("none"));
            if (i == 4) Assert.Equal(3, (await test.ReadAsync(lease)).Count);
            Assert.Equal(i, await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}")));
            Assert.True(test.Store.Health.IsReady);
        }
    }

    /// <summary>The login is taken away and given back, and the secret's file is replaced.</summary>
    [SkippableFact]
    public async Task Login_RefusedAndRepairedInItsFile_RefusesAndRecovers()
    {
        await using var server = await PostgresServer.StartAsync();
        using var folder = new TempFolder();
        var database = await server.CreateDatabaseAsync();
        var secret = folder.File("connection");
        await File.WriteAllTextAsync(secret, new NpgsqlConnectionStringBuilder(database) { Username = "first" } + "\n");
        await server.ExecuteAsync("CREATE ROLE first SUPERUSER LOGIN");
        await server.ExecuteAsync("CREATE ROLE second SUPERUSER LOGIN");
        await using var test = await PostgresTestStore.OpenAsync(
            database, null, options => (options.ConnectionString, options.ConnectionStringFile) = ("", secret));
        var lease = await test.OpenModelAsync("m");
        await server.ExecuteAsync("ALTER ROLE first NOLOGIN");
        await server.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'first'");
        await test.KeepHouseAsync(); // Since the last round something was written, which says enough.
        await test.KeepHouseAsync();
        Assert.False(test.Store.Health.IsReady);
        Assert.Contains("refuses the login", test.Store.Health.Reason, StringComparison.Ordinal);

        await File.WriteAllTextAsync(secret, new NpgsqlConnectionStringBuilder(database) { Username = "second" } + "\n");
        await test.KeepHouseAsync();
        await test.KeepHouseAsync();
        Assert.True(test.Store.Health.IsReady, test.Store.Health.Reason);
        Assert.Equal(1, await test.Store.AppendAsync(lease, TestStore.Bytes("1")));
    }

    /// <summary>A silo in a process of its own: the ledger is what it printed, and it prints only what was acknowledged to it.</summary>
    [SkippableFact]
    public async Task Silo_KilledUnderLoad_LosesAndDoublesNothing()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        var ledger = new List<(int Model, int Sequence, long Number)>();
        for (var round = 1; round <= 2; round++)
        {
            using var child = ChildProcess.Start("load-postgres", database);
            try
            {
                await SqliteCrashTests.ReadLedgerAsync(child.StandardOutput, ledger, until: ledger.Count + 5000);
            }
            finally
            {
                child.Kill();
            }
            await SqliteCrashTests.ReadLedgerAsync(child.StandardOutput, ledger, until: int.MaxValue);
            await child.WaitForExitAsync();

            await using var test = await PostgresTestStore.OpenAsync(database);
            for (var model = 0; model < StorageWriter.Models; model++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"model-{model}");
                var state = await StorageWriter.RecoverAsync(test.Store, await test.OpenModelAsync(name));
                Assert.Equal(state.Count, state.Distinct().Count());
                foreach (var entry in ledger.Where(entry => entry.Model == model)) Assert.Equal(entry.Number, state[entry.Sequence - 1]);
            }
        }
        Assert.True(ledger.Count >= 10_000);
    }
}
