using FleetMonitor.Clustering.Stores;
using FleetMonitor.Clustering.Tables;

namespace FleetMonitor.Clustering.Tests.Laws;

/// <summary>What Orleans demands of a membership table, whatever keeps it. Each kind of store inherits these.</summary>
public abstract class MembershipLaws : IAsyncLifetime
{
    private protected const string Cluster = "laws";

    private readonly List<MembershipDocumentStore> _stores = [];
    private IMembershipTable? _table;

    private IMembershipTable Table => _table!;

    public async Task InitializeAsync()
    {
        await PrepareAsync();
        _table = await StartTableAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        await CleanUpAsync();
    }

    [SkippableFact]
    public async Task ReadAll_NewTable_IsEmptyAtVersionZero()
    {
        var data = await Table.ReadAllAsync();

        Assert.Empty(data.Members);
        Assert.Equal(0, data.Version.Version);
        Assert.NotEmpty(data.Version.VersionEtag);
    }

    [SkippableFact]
    public async Task Initialize_ManyAtOnce_CreatesOneTable()
    {
        var tables = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => StartTableAsync())));
        var versions = await Task.WhenAll(tables.Select(async table => (await table.ReadAllAsync()).Version));

        Assert.Single(versions.Select(version => version.VersionEtag).Distinct());
        Assert.All(versions, version => Assert.Equal(0, version.Version));
    }

    [SkippableFact]
    public async Task InsertRow_NewSilo_IsThereWithEveryFieldUnderTheNextVersion()
    {
        var entry = Entries.Silo(SiloStatus.Active);
        entry.FaultZone = 3;
        entry.UpdateZone = 4;
        entry.StartTime = Entries.Now.AddTicks(1);
        entry.IAmAliveTime = Entries.Now.AddTicks(1_234_567);
        entry.SuspectTimes = [Tuple.Create(Entries.Address(), Entries.Now.AddTicks(7)), Tuple.Create(Entries.Address("fd00::9"), Entries.Now)];
        var before = await Table.ReadAllAsync();

        Assert.True(await Table.InsertRowAsync(entry, before.Version.Next()));

        var after = await Table.ReadAllAsync();
        var (read, etag) = Assert.Single(after.Members);
        Assert.Equal(entry.Text(), read.Text());
        Assert.Equal(DateTimeKind.Utc, read.StartTime.Kind);
        Assert.NotEmpty(etag);
        Assert.Equal(1, after.Version.Version);
        Assert.NotEqual(before.Version.VersionEtag, after.Version.VersionEtag);
    }

    [SkippableFact]
    public async Task InsertRow_SiloThatHasARow_IsRefused()
    {
        var entry = await InsertAsync();

        Assert.False(await Table.InsertRowAsync(entry, (await Table.ReadAllAsync()).Version.Next()));
        Assert.Equal(1, (await Table.ReadAllAsync()).Version.Version);
    }

    [SkippableFact]
    public async Task InsertRow_OutdatedVersion_IsRefused()
    {
        var version = (await Table.ReadAllAsync()).Version.Next();
        Assert.True(await Table.InsertRowAsync(Entries.Silo(), version));

        Assert.False(await Table.InsertRowAsync(Entries.Silo(), version));
        Assert.Single((await Table.ReadAllAsync()).Members);
    }

    [SkippableFact]
    public async Task InsertRow_ManyAtOnce_ExactlyOneIsTaken()
    {
        var entry = Entries.Silo();
        var version = (await Table.ReadAllAsync()).Version.Next();
        var tables = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartTableAsync()));

        var taken = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => tables[i % 4].InsertRowAsync(entry, version))));

        Assert.Single(taken, true);
        Assert.Equal(1, (await Table.ReadAllAsync()).Version.Version);
    }

    [SkippableFact]
    public async Task ReadRow_OneOfSeveral_IsThatRowAndTheVersion()
    {
        await InsertAsync();
        var entry = await InsertAsync();
        var all = await Table.ReadAllAsync();

        var data = await Table.ReadRowAsync(entry.SiloAddress);

        var (read, etag) = Assert.Single(data.Members);
        Assert.Equal(entry.Text(), read.Text());
        Assert.Equal(all.TryGet(entry.SiloAddress)!.Item2, etag);
        Assert.Equal(all.Version.VersionEtag, data.Version.VersionEtag);
        Assert.Empty((await Table.ReadRowAsync(Entries.Address())).Members);
    }

    [SkippableFact]
    public async Task UpdateRow_RightEtags_ReplacesTheRowUnderTheNextVersion()
    {
        for (var i = 1; i < 10; i++)
        {
            var entry = await InsertAsync();
            var data = await Table.ReadAllAsync();
            var etag = data.TryGet(entry.SiloAddress)!.Item2;
            var version = data.Version.Next();
            entry.Status = SiloStatus.Dead;
            entry.SuspectTimes = [Tuple.Create(Entries.Address(), Entries.Now.AddSeconds(1)), Tuple.Create(Entries.Address(), Entries.Now.AddSeconds(2))];

            Assert.True(await Table.UpdateRowAsync(entry, etag, version));
            Assert.False(await Table.UpdateRowAsync(entry, etag, version));

            data = await Table.ReadAllAsync();
            var (read, fresh) = data.TryGet(entry.SiloAddress)!;
            Assert.Equal(entry.Text(), read.Text());
            Assert.NotEqual(etag, fresh);
            Assert.Equal(version.Version, data.Version.Version);
            Assert.Equal(i, data.Members.Count);
            Assert.False(await Table.UpdateRowAsync(entry, fresh, version));
            Assert.Equal(fresh, (await Table.ReadAllAsync()).TryGet(entry.SiloAddress)!.Item2);
        }
    }

    [SkippableFact]
    public async Task UpdateRow_OutdatedRow_IsRefused()
    {
        var entry = await InsertAsync();
        var (read, etag) = (await Table.ReadAllAsync()).TryGet(entry.SiloAddress)!;
        Assert.True(await Table.UpdateRowAsync(read, etag, (await Table.ReadAllAsync()).Version.Next()));

        Assert.False(await Table.UpdateRowAsync(read, etag, (await Table.ReadAllAsync()).Version.Next()));
    }

    [SkippableFact]
    public async Task UpdateRow_NoSuchRow_IsRefused()
    {
        await InsertAsync();

        Assert.False(await Table.UpdateRowAsync(Entries.Silo(), "etag", (await Table.ReadAllAsync()).Version.Next()));
    }

    [SkippableFact]
    public async Task UpdateRow_NeighbourWroteSince_LeavesTheNeighbourAlone()
    {
        var first = await InsertAsync();
        var neighbour = await InsertAsync();
        var before = (await Table.ReadAllAsync()).TryGet(neighbour.SiloAddress)!;
        var data = await Table.ReadAllAsync();

        Assert.True(await Table.UpdateRowAsync(first, data.TryGet(first.SiloAddress)!.Item2, data.Version.Next()));

        var after = (await Table.ReadAllAsync()).TryGet(neighbour.SiloAddress)!;
        Assert.Equal(before.Item2, after.Item2);
        Assert.Equal(before.Item1.Text(), after.Item1.Text());
    }

    [SkippableFact]
    public async Task UpdateRow_ManyAtOnce_EachIsTakenOnce()
    {
        const int writers = 12;
        var entry = await InsertAsync();

        await Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            var table = await StartTableAsync();
            while (true)
            {
                var data = await table.ReadAllAsync();
                var (row, etag) = data.TryGet(entry.SiloAddress)!;
                row.SuspectTimes = [.. row.SuspectTimes ?? [], Tuple.Create(entry.SiloAddress, Entries.Now.AddSeconds(writer))];
                if (await table.UpdateRowAsync(row, etag, data.Version.Next())) return;
            }
        }));

        var (read, _) = Assert.Single((await Table.ReadAllAsync()).Members);
        var votes = read.SuspectTimes!.Select(suspicion => suspicion.Item2).Order();
        Assert.Equal(Enumerable.Range(0, writers).Select(writer => Entries.Now.AddSeconds(writer)), votes);
        Assert.Equal(writers + 1, (await Table.ReadAllAsync()).Version.Version);
    }

    [SkippableFact]
    public async Task UpdateIAmAlive_Silo_ChangesItsTimeAndNothingElse()
    {
        var entry = await InsertAsync();
        await InsertAsync();
        var before = await Table.ReadAllAsync();

        // Orleans gives no more than this.
        await Table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = Entries.Now.AddSeconds(5) });

        var after = await Table.ReadAllAsync();
        entry.IAmAliveTime = Entries.Now.AddSeconds(5);
        Assert.Equal(entry.Text(), after.TryGet(entry.SiloAddress)!.Item1.Text());
        Assert.Equal(before.TryGet(entry.SiloAddress)!.Item2, after.TryGet(entry.SiloAddress)!.Item2);
        Assert.Equal(before.Version.Version, after.Version.Version);
        Assert.Equal(before.Version.VersionEtag, after.Version.VersionEtag);
    }

    [SkippableFact]
    public async Task UpdateIAmAlive_SiloWithoutARow_IsNoError()
    {
        await Table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = Entries.Address(), IAmAliveTime = Entries.Now });

        Assert.Empty((await Table.ReadAllAsync()).Members);
    }

    [SkippableFact]
    public async Task UpdateIAmAlive_BetweenReadAndWriteOfOthers_NeitherRefusesThemNorIsLost()
    {
        var entry = await InsertAsync();
        var data = await Table.ReadAllAsync();
        var (row, etag) = data.TryGet(entry.SiloAddress)!;
        await Table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = Entries.Now.AddSeconds(5) });

        Assert.True(await Table.UpdateRowAsync(row, etag, data.Version.Next()));
        Assert.True(await Table.InsertRowAsync(Entries.Silo(), (await Table.ReadAllAsync()).Version.Next()));

        Assert.Equal(Entries.Now.AddSeconds(5), (await Table.ReadAllAsync()).TryGet(entry.SiloAddress)!.Item1.IAmAliveTime);
    }

    [SkippableFact]
    public async Task UpdateIAmAlive_ManyAtOnce_NoneIsLost()
    {
        const int silos = 12;
        var entries = new List<MembershipEntry>();
        for (var i = 0; i < silos; i++) entries.Add(await InsertAsync());

        await Task.WhenAll(entries.Select(async (entry, i) =>
        {
            var table = await StartTableAsync();
            await table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = Entries.Now.AddSeconds(i + 1) });
        }));

        var data = await Table.ReadAllAsync();
        Assert.Equal(silos, data.Version.Version);
        var times = entries.Select(entry => data.TryGet(entry.SiloAddress)!.Item1.IAmAliveTime);
        Assert.Equal(Enumerable.Range(1, silos).Select(i => Entries.Now.AddSeconds(i)), times);
    }

    [SkippableFact]
    public async Task CleanupDefunctSiloEntries_OldRows_GoUnlessActive()
    {
        await InsertAsync();
        foreach (var status in Enum.GetValues<SiloStatus>()) await InsertAsync(Entries.Silo(status, age: 10));
        var suspectedLately = Entries.Silo(SiloStatus.Dead, age: 10);
        suspectedLately.SuspectTimes = [Tuple.Create(Entries.Address(), Entries.Now)];
        await InsertAsync(suspectedLately);
        var before = await Table.ReadAllAsync();

        await Table.CleanupDefunctSiloEntriesAsync(Entries.Now.AddDays(-7));

        var after = await Table.ReadAllAsync();
        Assert.Equal(["Active", "Dead", "Joining"], after.Members.Select(member => $"{member.Item1.Status}").Order(StringComparer.Ordinal));
        Assert.NotNull(after.TryGet(suspectedLately.SiloAddress));
        Assert.Equal(before.Version.Version + 1, after.Version.Version);

        await Table.CleanupDefunctSiloEntriesAsync(Entries.Now.AddDays(-7));
        Assert.Equal(after.Version.VersionEtag, (await Table.ReadAllAsync()).Version.VersionEtag);
    }

    [SkippableFact]
    public async Task DeleteMembershipTableEntries_Table_IsEmptyAndRefusesEarlierEtags()
    {
        await InsertAsync();
        var before = await Table.ReadAllAsync();

        await Table.DeleteMembershipTableEntriesAsync(Cluster);

        var after = await Table.ReadAllAsync();
        Assert.Empty(after.Members);
        Assert.True(after.Version.Version > before.Version.Version);
        Assert.False(await Table.InsertRowAsync(Entries.Silo(), before.Version.Next()));
        Assert.True(await Table.InsertRowAsync(Entries.Silo(), after.Version.Next()));
        await Assert.ThrowsAsync<ArgumentException>(() => Table.DeleteMembershipTableEntriesAsync("another"));
    }

    [SkippableFact]
    public async Task Rows_IPv6Addresses_ComeBackAsTheyWere()
    {
        foreach (var ip in new[] { "::1", "fd00:1:2::7", "fe80::1%3", "::ffff:10.0.0.1" })
        {
            var entry = await InsertAsync(Entries.Silo(SiloStatus.Active, ip));

            Assert.Equal(entry.SiloAddress, (await Table.ReadRowAsync(entry.SiloAddress)).Members.Single().Item1.SiloAddress);
            // Orleans' form of a gateway's address has no place for the scope of a link-local one.
            var address = entry.SiloAddress.Endpoint.Address;
            if (!ip.Contains('%', StringComparison.Ordinal))
            {
                Assert.Contains(await GatewaysAsync(), uri => uri.ToGatewayAddress()!.Endpoint.Address.Equals(address));
            }
        }
    }

    [SkippableFact]
    public async Task Gateways_SilosOfEveryStatus_AreTheActiveOnesWithAPort()
    {
        var expected = new List<Uri>();
        foreach (var status in Enum.GetValues<SiloStatus>())
        {
            var entry = await InsertAsync(Entries.Silo(status));
            var closed = Entries.Silo(status);
            closed.ProxyPort = 0;
            await InsertAsync(closed);
            var gateway = SiloAddress.New(entry.SiloAddress.Endpoint.Address, 30_000, entry.SiloAddress.Generation);
            if (status == SiloStatus.Active) expected.Add(gateway.ToGatewayUri());
        }

        Assert.Equal(expected, await GatewaysAsync());
    }

    [SkippableFact]
    public async Task Table_Cancelled_EndsTheCall()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Table.ReadAllAsync(cancelled.Token));
    }

    /// <summary>Brings up what the stores speak to.</summary>
    private protected abstract Task PrepareAsync();

    /// <summary>A store of its own over the same document, as another process has.</summary>
    private protected abstract MembershipDocumentStore Open();

    private protected virtual Task CleanUpAsync() => Task.CompletedTask;

    private protected MembershipDocuments Documents()
    {
        var store = Open();
        lock (_stores) _stores.Add(store);
        return new MembershipDocuments(store, Cluster, Policies.Patient(_stores.Count));
    }

    private protected async Task<IMembershipTable> StartTableAsync()
    {
        var table = new DocumentMembershipTable(Documents(), Cluster);
        await table.InitializeMembershipTableAsync(true);
        return table;
    }

    private async Task<IList<Uri>> GatewaysAsync()
    {
        var list = new DocumentGatewayList(Documents(), TimeSpan.FromSeconds(30));
        await list.InitializeGatewayListProviderAsync();
        return await list.GetGatewaysAsync();
    }

    private async Task<MembershipEntry> InsertAsync(MembershipEntry? entry = null)
    {
        entry ??= Entries.Silo();
        Assert.True(await Table.InsertRowAsync(entry, (await Table.ReadAllAsync()).Version.Next()));
        return entry;
    }
}
