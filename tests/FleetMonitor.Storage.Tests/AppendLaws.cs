namespace FleetMonitor.Storage.Tests;

/// <summary>What an append promises, on every store.</summary>
public abstract class AppendLaws(StoreKind kind)
{
    [SkippableFact]
    public async Task Append_Pipelined_SequencesFollowTheOrderOfCalls()
    {
        await using var test = await kind.OpenAsync();
        var leases = new List<ModelLease>();
        for (var model = 0; model < 5; model++) leases.Add(await test.OpenModelAsync($"m{model}"));

        var appends = new List<(int Model, int Number, Task<long> Sequence)>();
        for (var number = 1; number <= 2000; number++)
        {
            for (var model = 0; model < leases.Count; model++)
            {
                appends.Add((model, number, test.Store.AppendAsync(leases[model], TestStore.Bytes($"{model}/{number}")).AsTask()));
            }
        }

        foreach (var (_, number, sequence) in appends) Assert.Equal(number, await sequence);
        for (var model = 0; model < leases.Count; model++)
        {
            Assert.Equal(Enumerable.Range(1, 2000).Select(number => $"{model}/{number}"), await test.ReadAsync(leases[model]));
        }
    }

    [SkippableFact]
    public async Task Append_WhatWaits_SharesATransactionAcrossModels()
    {
        await using var test = await kind.OpenAsync();
        var leases = new List<ModelLease>();
        for (var model = 0; model < 50; model++) leases.Add(await test.OpenModelAsync($"m{model}"));
        List<Task<long>> appends;
        using (test.HoldWriter())
        {
            appends = [.. Enumerable.Range(0, 5000).Select(i => test.Store.AppendAsync(leases[i % 50], TestStore.Bytes($"{i}")).AsTask())];
        }
        await Task.WhenAll(appends);

        // One transaction may have begun with the first call; all the rest were waiting when it ended.
        Assert.InRange(await test.CountAsync("SELECT count(*) FROM log"), 50, 100);
        Assert.Equal(5000L, await test.CountAsync("SELECT sum(records) FROM log"));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(LogSegment.MaxBytes - 4)]
    [InlineData(LogSegment.MaxBytes)]
    [InlineData(LogSegment.MaxBytes + 1)]
    public async Task Append_BodyOfAnySize_ComesBackBetweenItsNeighbours(int length)
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        byte[][] bodies = [TestStore.RandomBytes(10, 1), TestStore.RandomBytes(length, 2), [], TestStore.RandomBytes(length, 3), TestStore.RandomBytes(10, 4)];
        List<Task<long>> appends;
        using (test.HoldWriter()) appends = [.. bodies.Select(body => test.Store.AppendAsync(lease, body).AsTask())];
        var sequences = await Task.WhenAll(appends);
        Assert.Equal([1, 2, 3, 4, 5], sequences);

        var read = new List<byte[]>();
        await foreach (var record in test.Store.ReadLogAsync(lease, 0)) read.Add(record.Body.ToArray());
        Assert.Equal(bodies, read);
    }

    [SkippableFact]
    public async Task Append_HundredMegabytes_IsKeptThoughLargerThanTheQueue()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        var body = TestStore.RandomBytes(100 << 20);
        Assert.Equal(1, await test.Store.AppendAsync(lease, body));
        await test.Store.SaveCheckpointAsync(lease, 1, body);

        var reopened = await test.OpenModelAsync("m");
        Assert.True(reopened.Checkpoint!.Value.Span.SequenceEqual(body));
        Assert.Equal(2, await test.Store.AppendAsync(reopened, body));
        await foreach (var record in test.Store.ReadLogAsync(reopened, 1)) Assert.True(record.Body.Span.SequenceEqual(body));
    }

    [SkippableFact]
    public async Task Append_QueueAtItsBound_IsBusyUntilTheWriterCatchesUp()
    {
        await using var test = await kind.OpenAsync(new StoreSettings { MaxQueueBytes = 1 << 16 });
        var lease = await test.OpenModelAsync("m");
        var accepted = new List<Task<long>>();
        using (test.HoldWriter())
        {
            for (var i = 0; i < 65; i++)
            {
                var append = test.Store.AppendAsync(lease, new byte[1024]).AsTask();
                if (append.IsFaulted) break;
                accepted.Add(append);
            }
            Assert.InRange(accepted.Count, 50, 64);
            await Assert.ThrowsAsync<StoreBusyException>(() => test.Store.AppendAsync(lease, new byte[1024]).AsTask());
        }
        Assert.Equal(Enumerable.Range(1, accepted.Count).Select(i => (long)i), await Task.WhenAll(accepted));
        Assert.Equal(accepted.Count + 1, await test.Store.AppendAsync(lease, new byte[1024]));
    }

    [SkippableFact]
    public async Task Append_ManyEmptyBodies_AreBoundedToo()
    {
        await using var test = await kind.OpenAsync(new StoreSettings { MaxQueueBytes = 1 << 16 });
        var lease = await test.OpenModelAsync("m");
        var appends = new List<Task<long>>();
        using (test.HoldWriter())
        {
            for (var i = 0; i < 1000; i++) appends.Add(test.Store.AppendAsync(lease, default).AsTask());
            Assert.Contains(appends, append => append.IsFaulted);
        }
        foreach (var refused in appends.Where(append => append.IsFaulted)) await Assert.ThrowsAsync<StoreBusyException>(() => refused);
        await Task.WhenAll(appends.Where(append => !append.IsFaulted));
    }

    [SkippableFact]
    public async Task Append_BodyBeyondTheLargest_IsRefusedAtOnce()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = test.Store.AppendAsync(lease, new byte[FleetStore.MaxBodyBytes + 1]).AsTask(); });
    }

    [SkippableFact]
    public async Task ReadLog_ManyChunks_HasNoGapsFromAnySequence()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        List<Task<long>> appends;
        using (test.HoldWriter()) appends = [.. Enumerable.Range(1, 500).Select(i => test.Store.AppendAsync(lease, TestStore.RandomBytes(10_000, i)).AsTask())];
        await Task.WhenAll(appends);

        foreach (var after in (long[])[0, 1, 25, 26, 27, 250, 499, 500])
        {
            var expected = after;
            await foreach (var record in test.Store.ReadLogAsync(lease, after))
            {
                Assert.Equal(++expected, record.Sequence);
                Assert.True(record.Body.Span.SequenceEqual(TestStore.RandomBytes(10_000, (int)record.Sequence)));
            }
            Assert.Equal(500, expected);
        }
    }

    [SkippableFact]
    public async Task Store_ReopenedWithoutCheckpoint_ContinuesTheSequence()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("a"));
        await test.Store.DisposeAsync();

        await test.ReopenAsync();
        Assert.Equal(2, await test.Store.AppendAsync(lease, TestStore.Bytes("b"))); // The lease outlives the store: nobody has taken a newer one.
        Assert.Equal(["a", "b"], await test.ReplayAsync("m"));
    }
}
