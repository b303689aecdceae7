using Npgsql;

namespace FleetMonitor.Storage.Tests;

/// <summary>Commits whose answer is lost: nobody is told that a record was kept which was not, nor the other way round.</summary>
[Collection(PostgresSuite.Name)]
public sealed class PostgresDoubtTests(PostgresKind kind)
{
    [SkippableFact]
    public async Task Append_AnswerLost_IsKeptOnce()
    {
        await using var way = await FaultyWay.OpenAsync(kind);
        var lease = await way.Test.OpenModelAsync("m");
        await way.AppendAsync(lease, "1");
        way.Proxy.LoseNextAnswers();
        var appends = Enumerable.Range(2, 10).Select(i => way.AppendAsync(lease, $"{i}")).ToList();
        Assert.Equal(Enumerable.Range(2, 10).Select(i => (long)i), await Task.WhenAll(appends));
        Assert.Equal(Enumerable.Range(1, 11).Select(i => $"{i}"), await way.Test.ReadAsync(lease));
        Assert.True(way.Test.Store.Health.IsReady);
    }

    [SkippableFact]
    public async Task Append_RequestLost_IsKeptOnce()
    {
        await using var way = await FaultyWay.OpenAsync(kind);
        var lease = await way.Test.OpenModelAsync("m");
        way.Proxy.LoseNextRequests();
        Assert.Equal(1, await way.AppendAsync(lease, "1"));
        Assert.Equal(2, await way.AppendAsync(lease, "2"));
        Assert.Equal(["1", "2"], await way.Test.ReadAsync(lease));
    }

    /// <summary>The request arrives after it was given up and sent again, and after others.</summary>
    [SkippableFact]
    public async Task Append_RequestMuchTooLate_ChangesNothing()
    {
        await using var way = await FaultyWay.OpenAsync(kind);
        var lease = await way.Test.OpenModelAsync("m");
        await way.AppendAsync(lease, "1");
        way.Proxy.HoldRequests();
        var doubtful = way.AppendAsync(lease, "2");
        await Wait.UntilAsync(() => !way.Test.Store.Health.IsReady, TimeSpan.FromSeconds(60), () => "The store to notice.");
        await way.Test.KeepHouseAsync();
        Assert.Equal(2, await doubtful);
        Assert.Equal(3, await way.AppendAsync(lease, "3"));
        await way.Proxy.DeliverAsync();
        Assert.Equal(["1", "2", "3"], await way.Test.ReadAsync(lease));
        Assert.Equal(4, await way.AppendAsync(lease, "4"));
    }

    [SkippableFact]
    public async Task Append_AnswerLostAndServerAway_WaitsAndOthersFailAtTheDoor()
    {
        await using var way = await FaultyWay.OpenAsync(kind);
        var lease = await way.Test.OpenModelAsync("m");
        var doubtful = await way.AppendIntoDoubtAsync(lease, "1", way.Proxy.LoseNextAnswers);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => way.AppendAsync(lease, "never"));
        await way.Test.KeepHouseAsync();
        Assert.False(doubtful.IsCompleted);

        way.Proxy.Refuses = false;
        await way.Test.KeepHouseAsync();
        Assert.Equal(1, await doubtful);
        Assert.True(way.Test.Store.Health.IsReady);
        Assert.Equal(2, await way.AppendAsync(lease, "2"));
        Assert.Equal(["1", "2"], await way.Test.ReadAsync(lease));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Append_KeptButOpenedElsewhereBeforeItWasKnown_IsAnsweredAsKept(int openings)
    {
        await using var way = await FaultyWay.OpenAsync(kind);
        await using var other = await way.OpenAnotherAsync();
        var lease = await way.Test.OpenModelAsync("m");
        var doubtful = await way.AppendIntoDoubtAsync(lease, "1", way.Proxy.LoseNextAnswers);
        for (var i = 1; i <= openings; i++)
        {
            Assert.Equal(i + 1, await other.AppendAsync(await other.OpenModelAsync("m", TestStore.Now), TestStore.Bytes($"{i + 1}")));
        }
        way.Proxy.Refuses = false;
        await way.Test.KeepHouseAsync();
        Assert.Equal(1, await doubtful);
        await Assert.ThrowsAsync<FencedException>(() => way.AppendAsync(lease, "stale"));
        Assert.Equal(Enumerable.Range(1, openings + 1).Select(i => $"{i}"), await way.Test.ReplayAsync("m"));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Append_NotKeptAndOpenedElsewhereBeforeItWasKnown_IsFenced(int openings)
    {
        await using var way = await FaultyWay.OpenAsync(kind);
        await using var other = await way.OpenAnotherAsync();
        var lease = await way.Test.OpenModelAsync("m");
        var doubtful = await way.AppendIntoDoubtAsync(lease, "never", way.Proxy.LoseNextRequests);
        for (var i = 1; i <= openings; i++)
        {
            Assert.Equal(i, await other.AppendAsync(await other.OpenModelAsync("m", TestStore.Now), TestStore.Bytes($"{i}")));
        }
        way.Proxy.Refuses = false;
        await way.Test.KeepHouseAsync();
        await Assert.ThrowsAsync<FencedException>(() => doubtful);
        Assert.Equal(Enumerable.Range(1, openings).Select(i => $"{i}"), await way.Test.ReplayAsync("m"));
    }

    [SkippableFact]
    public async Task Append_InDoubtForTooLong_FailsAndItsLeaseIsOver()
    {
        await using var way = await FaultyWay.OpenAsync(kind);
        var lease = await way.Test.OpenModelAsync("m");
        var doubtful = await way.AppendIntoDoubtAsync(lease, "1", way.Proxy.LoseNextAnswers);
        way.Test.Time.Advance(TimeSpan.FromMinutes(2));
        await way.Test.KeepHouseAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => doubtful);

        way.Proxy.Refuses = false;
        await way.Test.KeepHouseAsync();
        await Assert.ThrowsAsync<FencedException>(() => way.AppendAsync(lease, "what does not know of the first"));
        Assert.Equal(["1"], await way.Test.ReplayAsync("m"));
    }

    [SkippableFact]
    public async Task Dispose_InDoubtAndServerAway_Ends()
    {
        await using var way = await FaultyWay.OpenAsync(kind);
        var lease = await way.Test.OpenModelAsync("m");
        var doubtful = await way.AppendIntoDoubtAsync(lease, "1", way.Proxy.LoseNextAnswers);
        await way.Test.Store.DisposeAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => doubtful);
    }

    [SkippableFact]
    public async Task DeleteAndOpen_AnswerLost_HappenOnceOrFailCleanly()
    {
        await using var way = await FaultyWay.OpenAsync(kind);
        var lease = await way.Test.OpenModelAsync("m");
        way.Proxy.LoseNextAnswers();
        await way.Test.Store.DeleteModelAsync(lease);
        Assert.False(await way.Test.Store.ModelExistsAsync("m"));
        way.Proxy.LoseNextAnswers();
        var reborn = await way.Test.OpenModelAsync("m");
        Assert.Equal(1, await way.AppendAsync(reborn, "new"));
    }

    /// <summary>A store whose way to the server leads through a proxy.</summary>
    private sealed class FaultyWay : IAsyncDisposable
    {
        private readonly string _straight;

        private FaultyWay(string straight, FaultyProxy proxy, PostgresTestStore test) => (_straight, Proxy, Test) = (straight, proxy, test);

        public FaultyProxy Proxy { get; }

        public PostgresTestStore Test { get; }

        public static async Task<FaultyWay> OpenAsync(PostgresKind kind)
        {
            var server = await kind.ServerAsync();
            var straight = await server.CreateDatabaseAsync();
            var proxy = new FaultyProxy(server.Port);
            var through = new NpgsqlConnectionStringBuilder(straight) { Port = proxy.Port, GssEncryptionMode = GssEncryptionMode.Disable }.ToString();
            var test = await PostgresTestStore.OpenAsync(through, null, options => options.CommandTimeout = TimeSpan.FromSeconds(4));
            return new FaultyWay(straight, proxy, test);
        }

        /// <summary>Another silo, which has a sound connection.</summary>
        public Task<PostgresFleetStore> OpenAnotherAsync() => Test.OpenAnotherAsync(options => options.ConnectionString = _straight);

        public Task<long> AppendAsync(ModelLease lease, string body) => Test.Store.AppendAsync(lease, TestStore.Bytes(body)).AsTask();

        /// <summary>An append of which nobody knows whether it was kept, and a server that cannot be asked.</summary>
        public async Task<Task<long>> AppendIntoDoubtAsync(ModelLease lease, string body, Action fault)
        {
            Proxy.Refuses = true;
            fault();
            var append = AppendAsync(lease, body);
            await Wait.UntilAsync(() => !Test.Store.Health.IsReady, TimeSpan.FromSeconds(60), () => "The store to notice.");
            Assert.False(append.IsCompleted);
            return append;
        }

        public async ValueTask DisposeAsync()
        {
            Proxy.Refuses = false;
            await Test.DisposeAsync();
            await Proxy.DisposeAsync();
        }
    }
}
