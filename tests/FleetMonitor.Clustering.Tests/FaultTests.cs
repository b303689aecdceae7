using FleetMonitor.Clustering.Tables;
using FleetMonitor.Clustering.Tests.Stores;

namespace FleetMonitor.Clustering.Tests;

/// <summary>What the table answers when its store refuses, fails, or takes a write and loses the reply.</summary>
public sealed class FaultTests
{
    private const string Cluster = "faults";

    private readonly MemoryDocument _document = new();
    private readonly Queue<StoreFault> _writeFaults = new();
    private readonly Queue<StoreFault> _readFaults = new();
    private Action? _beforeRead;

    [Theory]
    [InlineData(nameof(StoreFault.LoseReply))]
    [InlineData(nameof(StoreFault.HangAfter))]
    public async Task InsertRow_TakenButReplyLost_IsTrueAndAppliedOnce(string fault)
    {
        var table = await StartAsync();
        _writeFaults.Enqueue(Enum.Parse<StoreFault>(fault));

        Assert.True(await InsertAsync(table, Entries.Silo()));

        var data = await table.ReadAllAsync();
        Assert.Single(data.Members);
        Assert.Equal(1, data.Version.Version);
        Assert.Equal(2, _document.History.Count);
    }

    [Fact]
    public async Task InsertRow_TakenReplyLostAndOthersWroteSince_IsTrue()
    {
        var table = await StartAsync();
        var neighbour = await StartAsync(faulty: false);
        _writeFaults.Enqueue(StoreFault.LoseReply);
        var entry = Entries.Silo();
        var version = (await table.ReadAllAsync()).Version.Next();
        // Between the lost reply and the second look: a neighbour's row, and this row itself.
        OnRead(2, async () =>
        {
            Assert.True(await InsertAsync(neighbour, Entries.Silo()));
            Assert.True(await DeclareDeadAsync(neighbour, entry.SiloAddress));
        });

        Assert.True(await table.InsertRowAsync(entry, version));

        var data = await table.ReadAllAsync();
        Assert.Equal(SiloStatus.Dead, data.TryGet(entry.SiloAddress)!.Item1.Status);
        Assert.Equal(3, data.Version.Version);
    }

    [Fact]
    public async Task InsertRow_SignsOfLifeInBetween_IsRepeatedAndTrue()
    {
        var table = await StartAsync();
        var neighbour = await StartAsync(faulty: false);
        var alive = Entries.Silo();
        Assert.True(await InsertAsync(neighbour, alive));
        var version = (await table.ReadAllAsync()).Version.Next();
        for (var i = 0; i < 3; i++) _writeFaults.Enqueue(StoreFault.Conflict);

        Assert.True(await table.InsertRowAsync(Entries.Silo(), version));

        Assert.Equal(2, (await table.ReadAllAsync()).Version.Version);
    }

    [Fact]
    public async Task UpdateRow_NotTakenAndSomebodyElseWrote_IsFalse()
    {
        var table = await StartAsync();
        var neighbour = await StartAsync(faulty: false);
        var entry = Entries.Silo();
        Assert.True(await InsertAsync(neighbour, entry));
        var data = await table.ReadAllAsync();
        var (row, etag) = data.TryGet(entry.SiloAddress)!;
        _writeFaults.Enqueue(StoreFault.Fail);
        OnRead(2, async () => Assert.True(await InsertAsync(neighbour, Entries.Silo())));

        Assert.False(await table.UpdateRowAsync(row, etag, data.Version.Next()));

        Assert.Equal(etag, (await table.ReadAllAsync()).TryGet(entry.SiloAddress)!.Item2);
    }

    [Fact]
    public async Task UpdateIAmAlive_ConflictsFailuresAndLostReplies_IsWrittenInTheEnd()
    {
        var table = await StartAsync();
        var entry = Entries.Silo();
        Assert.True(await InsertAsync(table, entry));
        foreach (var fault in new[] { StoreFault.Conflict, StoreFault.Fail, StoreFault.LoseReply, StoreFault.Hang }) _writeFaults.Enqueue(fault);
        foreach (var fault in new[] { StoreFault.None, StoreFault.Fail, StoreFault.Hang }) _readFaults.Enqueue(fault);

        await table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = Entries.Now.AddSeconds(9) });

        var data = await table.ReadAllAsync();
        Assert.Equal(Entries.Now.AddSeconds(9), data.Members.Single().Item1.IAmAliveTime);
        Assert.Equal(1, data.Version.Version);
    }

    [Fact]
    public async Task ReadAll_StoreThatRefusesForGood_FailsAtOnce()
    {
        var table = await StartAsync();
        _readFaults.Enqueue(StoreFault.Refuse);

        var refused = await Assert.ThrowsAsync<MembershipStoreException>(() => table.ReadAllAsync());

        Assert.False(refused.IsTransient);
        Assert.Empty(_readFaults);
    }

    [Fact]
    public async Task UpdateIAmAlive_StoreThatIsAway_FailsWhenItsTimeIsUp()
    {
        await StartAsync();
        var table = new DocumentMembershipTable(Documents(faulty: true, TimeSpan.FromMilliseconds(300)), Cluster);
        for (var i = 0; i < 1_000; i++) _readFaults.Enqueue(StoreFault.Fail);

        var failed = await Assert.ThrowsAsync<MembershipStoreException>(() => table.UpdateIAmAliveAsync(Entries.Silo()));

        Assert.True(failed.IsTransient);
        Assert.Contains("Nobody listens", failed.Message, StringComparison.Ordinal);
        Assert.InRange(_readFaults.Count, 1, 998);
    }

    [Fact]
    public async Task InsertRow_CancelledBetweenAttempts_Ends()
    {
        var table = await StartAsync();
        var version = (await table.ReadAllAsync()).Version.Next();
        using var cancellation = new CancellationTokenSource();
        for (var i = 0; i < 1_000; i++) _writeFaults.Enqueue(StoreFault.Conflict);
        OnRead(3, cancellation.CancelAsync);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => table.InsertRowAsync(Entries.Silo(), version, cancellation.Token));
    }

    [Fact]
    public async Task ReadAll_DocumentDeletedByHand_ComesBackAboveEveryVersionSeen()
    {
        var table = await StartAsync();
        for (var i = 0; i < 3; i++) Assert.True(await InsertAsync(table, Entries.Silo()));
        _document.Put(null);

        var data = await table.ReadAllAsync();

        // Newer than what running silos know, and without them: each of them ends and joins again.
        Assert.Empty(data.Members);
        Assert.Equal(4, data.Version.Version);
    }

    [Fact]
    public async Task ReadAll_DocumentSetBackByHand_ComesBackAboveEveryVersionSeen()
    {
        var table = await StartAsync();
        Assert.True(await InsertAsync(table, Entries.Silo()));
        var old = _document.Read()!.Text;
        for (var i = 0; i < 3; i++) Assert.True(await InsertAsync(table, Entries.Silo()));
        var before = await table.ReadAllAsync();
        _document.Put(old);

        var after = await table.ReadAllAsync();

        Assert.Single(after.Members);
        Assert.Equal(before.Version.Version + 1, after.Version.Version);
        Assert.False(await table.InsertRowAsync(Entries.Silo(), before.Version.Next()));
        Assert.Equal(after.Version.VersionEtag, (await table.ReadAllAsync()).Version.VersionEtag);
    }

    [Theory]
    [InlineData("{", "no membership document")]
    [InlineData("{\"version\":1}", "no membership document")]
    [InlineData("{\"format\":2,\"cluster\":\"faults\",\"version\":1,\"etag\":\"e\"}", "format 2")]
    [InlineData("{\"format\":1,\"cluster\":\"other\",\"version\":1,\"etag\":\"e\"}", "cluster 'other', not of 'faults'")]
    public async Task ReadAll_SomethingElseInItsPlace_SaysWhat(string text, string expected)
    {
        _document.Put(text);

        var failed = await Assert.ThrowsAsync<MembershipStoreException>(() => StartAsync());

        Assert.Contains(expected, failed.Message, StringComparison.Ordinal);
        Assert.Equal(text, _document.Read()!.Text);
    }

    [Fact]
    public async Task ReadAll_EmptyTextInItsPlace_BecomesATable()
    {
        _document.Put("");

        var table = await StartAsync();

        Assert.Equal(0, (await table.ReadAllAsync()).Version.Version);
        Assert.True(await InsertAsync(table, Entries.Silo()));
    }

    [Fact]
    public async Task Gateways_NoTableYet_AreNoneAndNothingIsWritten()
    {
        var list = new DocumentGatewayList(Documents(faulty: false), TimeSpan.FromSeconds(30));

        Assert.Empty(await list.GetGatewaysAsync());
        Assert.Null(_document.Read());
    }

    private async Task<DocumentMembershipTable> StartAsync(bool faulty = true)
    {
        var table = new DocumentMembershipTable(Documents(faulty), Cluster);
        await table.InitializeMembershipTableAsync(true);
        return table;
    }

    private MembershipDocuments Documents(bool faulty, TimeSpan? retryFor = null)
    {
        var store = new MemoryDocumentStore(_document) { Fault = faulty ? Next : _ => StoreFault.None };
        return new MembershipDocuments(store, Cluster, Policies.Patient(seed: 1) with
        {
            CallTimeout = TimeSpan.FromSeconds(1),
            RetryFor = retryFor ?? TimeSpan.FromMinutes(1),
        });
    }

    private StoreFault Next(StoreCall call)
    {
        if (call == StoreCall.Read) _beforeRead?.Invoke();
        return (call == StoreCall.Read ? _readFaults : _writeFaults).TryDequeue(out var fault) ? fault : StoreFault.None;
    }

    /// <summary>Does something just before the faulty table reads for the <paramref name="count"/>th time from now, which waits for it.</summary>
    private void OnRead(int count, Func<Task> act) => _beforeRead = () =>
    {
        if (--count == 0) Assert.True(Task.Run(act).Wait(TimeSpan.FromSeconds(30)));
    };

    private static async Task<bool> InsertAsync(DocumentMembershipTable table, MembershipEntry entry) =>
        await table.InsertRowAsync(entry, (await table.ReadAllAsync()).Version.Next());

    private static async Task<bool> DeclareDeadAsync(DocumentMembershipTable table, SiloAddress silo)
    {
        var data = await table.ReadAllAsync();
        var (row, etag) = data.TryGet(silo)!;
        row.Status = SiloStatus.Dead;
        return await table.UpdateRowAsync(row, etag, data.Version.Next());
    }
}
