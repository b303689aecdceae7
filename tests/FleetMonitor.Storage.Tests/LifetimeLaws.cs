namespace FleetMonitor.Storage.Tests;

/// <summary>The end of a store, and what happens to those who wait for it; on every store.</summary>
public abstract class LifetimeLaws(StoreKind kind)
{
    [SkippableFact]
    public async Task Dispose_WhileAppendsWait_CompletesThem()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        List<Task<long>> appends;
        Task disposing;
        using (test.HoldWriter())
        {
            appends = [.. Enumerable.Range(0, 100).Select(i => test.Store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask())];
            disposing = test.Store.DisposeAsync().AsTask();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("late")).AsTask());
        }
        await disposing;
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), await Task.WhenAll(appends));
        await test.ReopenAsync();
        Assert.Equal(100, (await test.ReplayAsync("m")).Count);
    }

    [SkippableFact]
    public async Task Dispose_WhileTheDiskRefuses_FailsWhatWaits()
    {
        await using var test = await kind.OpenAsync(new StoreSettings { Impatient = true });
        var lease = await test.OpenModelAsync("m");
        List<Task<long>> appends;
        using (test.HoldWriter())
        {
            appends = [.. Enumerable.Range(0, 100).Select(i => test.Store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask())];
            await test.Store.DisposeAsync();
        }
        foreach (var append in appends) await Assert.ThrowsAsync<StoreUnavailableException>(() => append);
        await test.ReopenAsync();
        Assert.Empty(await test.ReplayAsync("m"));
    }

    [SkippableFact]
    public async Task Dispose_WhileReading_EndsTheReadCleanly()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 5; i++) await test.Store.AppendAsync(lease, new byte[1 << 20]);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (var _ in test.Store.ReadLogAsync(lease, 0)) await test.Store.DisposeAsync();
        });
    }

    [SkippableFact]
    public async Task Dispose_EverythingAskedAfterwards_SaysSo()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await test.Store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.OpenModelAsync("m"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("x")).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.SaveCheckpointAsync(lease, 0, TestStore.Bytes("x")));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.DeleteModelAsync(lease));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.ListModelsAsync(new ModelQuery()));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.ReadAsync(lease));
    }

    /// <summary>A bug on the writer's thread, made with the one piece of foreign code that runs there: a listener to its metrics.</summary>
    [SkippableFact]
    public async Task Writer_EndedByABug_FailsWhatWaitsAndSaysSo()
    {
        using var meters = new Meters();
        await using var test = await kind.OpenAsync(new StoreSettings { Meters = meters });
        var store = test.Store;
        var lease = await test.OpenModelAsync("m");
        // Once the writer has ended, an append fails, and is counted, on its caller's thread.
        var caller = Environment.CurrentManagedThreadId;
        using (new Recorder(meters, instrument => { if (instrument.Name == "fleetmonitor.log.appends" && Environment.CurrentManagedThreadId != caller) throw new InvalidOperationException("a bug"); }))
        {
            var appends = Enumerable.Range(0, 100).Select(i => store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask()).ToList();
            foreach (var append in appends) await Assert.ThrowsAsync<StoreUnavailableException>(() => append);
        }
        Assert.False(store.Health.IsReady);
        Assert.Contains("a bug", store.Health.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenModelAsync("m", TestStore.Now));
        var bug = await Assert.ThrowsAsync<InvalidOperationException>(() => store.DisposeAsync().AsTask());
        Assert.Equal("a bug", bug.Message);
        await test.ReopenAsync();
        Assert.True(test.Store.Health.IsReady);
    }

    [SkippableFact]
    public async Task Cancellation_BeforeTheWriterBegins_ChangesNothing()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        using var cancelled = new CancellationTokenSource();
        var busy = await test.OpenModelAsync("busy");
        Task opening, saving, deleting;
        Task<long> before;
        using (test.HoldWriter())
        {
            before = test.Store.AppendAsync(busy, TestStore.Bytes("x")).AsTask();
            await test.WaitUntilHeldAsync();
            opening = test.Store.OpenModelAsync("never", TestStore.Now, cancelled.Token);
            saving = test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("never"), cancelled.Token);
            deleting = test.Store.DeleteModelAsync(lease, cancelled.Token);
            await cancelled.CancelAsync();
            await test.WaitUntilCancelledAsync(saving);
        }
        Assert.Equal(1, await before);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => saving);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deleting);
        var page = await test.Store.ListModelsAsync(new ModelQuery());
        Assert.Equal(["busy", "m"], page.Models.Select(row => row.Name));
        Assert.Equal(["1"], await test.ReplayAsync("m"));
    }

    [SkippableFact]
    public async Task Cancellation_WhileReading_EndsTheRead()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 10; i++) await test.Store.AppendAsync(lease, TestStore.Bytes("x"));
        using var cancel = new CancellationTokenSource();
        var read = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in test.Store.ReadLogAsync(lease, 0, cancel.Token))
            {
                if (++read == 3) await cancel.CancelAsync();
            }
        });
        Assert.Equal(3, read);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Store.ListModelsAsync(new ModelQuery(), cancel.Token));
    }

    [SkippableFact]
    public async Task Metrics_OfEveryKind_AreCounted()
    {
        using var meters = new Meters();
        using var recorder = new Recorder(meters);
        await using var test = await kind.OpenAsync(new StoreSettings { Meters = meters, Clock = TimeProvider.System });
        var store = test.Store;
        var stale = await test.OpenModelAsync("m");
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 10; i++) await store.AppendAsync(lease, new byte[100]);
        await Assert.ThrowsAsync<FencedException>(() => store.AppendAsync(stale, new byte[100]).AsTask());
        await store.SaveCheckpointAsync(lease, 10, new byte[500]);
        Assert.Equal(1, recorder.Observe("fleetmonitor.storage.ready"));
        await test.RefuseWritesAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync(lease, new byte[100]).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SaveCheckpointAsync(lease, 10, new byte[500]));

        Assert.Equal(10, recorder["fleetmonitor.log.appends"]);
        Assert.Equal(1000, recorder["fleetmonitor.log.bytes"]);
        Assert.Equal(1, recorder.Observe("fleetmonitor.log.fenced"));
        Assert.Equal(1, recorder.Observe("fleetmonitor.log.failures"));
        Assert.Equal(1, recorder["fleetmonitor.checkpoint.saved"]);
        Assert.Equal(500, recorder["fleetmonitor.checkpoint.bytes"]);
        Assert.Equal(1, recorder.Observe("fleetmonitor.checkpoint.failures"));
        Assert.InRange(recorder["fleetmonitor.log.commit.duration"], double.Epsilon, 60);
        Assert.Equal(0, recorder.Observe("fleetmonitor.storage.ready"));
        Assert.Equal(0, recorder.Observe("fleetmonitor.log.queue.bytes"));
        Assert.Equal("By", recorder.Unit("fleetmonitor.log.bytes"));
        Assert.Equal("s", recorder.Unit("fleetmonitor.log.commit.duration"));
    }
}
