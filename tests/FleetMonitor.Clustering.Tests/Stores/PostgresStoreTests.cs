using System.Net;
using System.Net.Sockets;
using FleetMonitor.Clustering.Stores;
using FleetMonitor.Clustering.Tables;
using Npgsql;

namespace FleetMonitor.Clustering.Tests.Stores;

/// <summary>What only PostgreSQL can do to the table: its own creation, rights, and going away.</summary>
[Collection(UsesPostgres.Name)]
public sealed class PostgresStoreTests(PostgresFixture postgres)
{
    [SkippableFact]
    public async Task Write_ManyAtOnceOnAnEmptyDatabase_CreateTheTableAndOneRowEach()
    {
        var connection = await postgres.Server.CreateDatabaseAsync();

        var taken = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            await using var store = new PostgresDocumentStore(connection, $"cluster {i % 3}");
            return await store.WriteAsync($"{i}", null, CancellationToken.None);
        }));

        Assert.Equal(3, taken.Count(written => written));
        for (var i = 0; i < 3; i++)
        {
            await using var store = new PostgresDocumentStore(connection, $"cluster {i}");
            var read = await store.ReadAsync(CancellationToken.None);
            Assert.Equal(i, int.Parse(read!.Text, System.Globalization.CultureInfo.InvariantCulture) % 3);
        }
    }

    [SkippableFact]
    public async Task Table_RoleThatMayNotCreateTables_IsEnoughWhereThereIsOne()
    {
        var connection = await postgres.Server.CreateDatabaseAsync();
        var database = new NpgsqlConnectionStringBuilder(connection).Database!;
        await using (var owner = new PostgresDocumentStore(connection, "owner's")) Assert.True(await owner.WriteAsync("x", null, CancellationToken.None));
        await postgres.Server.ExecuteAsync("CREATE ROLE silo LOGIN; GRANT SELECT, INSERT, UPDATE ON fleet_membership TO silo", database);
        await using var store = new PostgresDocumentStore(new NpgsqlConnectionStringBuilder(connection) { Username = "silo" }.ConnectionString, "silo's");
        var table = new DocumentMembershipTable(new MembershipDocuments(store, "silo's", Policies.Patient(seed: 1)), "silo's");

        await table.InitializeMembershipTableAsync(true);

        Assert.True(await table.InsertRowAsync(Entries.Silo(), (await table.ReadAllAsync()).Version.Next()));
    }

    [SkippableTheory]
    [InlineData("Database", "nowhere", "does not exist")]
    [InlineData("Username", "nobody", "nobody")]
    public async Task Table_ConnectionThatIsRefusedForGood_FailsAtOnceAndSaysWhy(string key, string value, string expected)
    {
        var connection = new NpgsqlConnectionStringBuilder(postgres.Server.ConnectionString()) { [key] = value };
        await using var store = new PostgresDocumentStore(connection.ConnectionString, "refused");
        var table = new DocumentMembershipTable(new MembershipDocuments(store, "refused", Policies.Patient(seed: 1)), "refused");

        var refused = await Assert.ThrowsAsync<MembershipStoreException>(() => table.InitializeMembershipTableAsync(true));

        Assert.False(refused.IsTransient);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Table_LoginThatIsReplaced_IsReadAnew()
    {
        var connection = new NpgsqlConnectionStringBuilder(await postgres.Server.CreateDatabaseAsync());
        await postgres.Server.ExecuteAsync("CREATE ROLE earlier SUPERUSER LOGIN", connection.Database!);
        connection.Username = "earlier";
        var login = connection.ConnectionString;
        await using var store = new PostgresDocumentStore(() => login, "rotated");
        Assert.True(await store.WriteAsync("x", null, CancellationToken.None));

        await postgres.Server.ExecuteAsync(
            "CREATE ROLE later SUPERUSER LOGIN; ALTER ROLE earlier NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'earlier'", connection.Database!);
        // Not yet replaced: refused for good. Replaced: worth another attempt, which takes the new one.
        await Assert.ThrowsAsync<MembershipStoreException>(() => store.ReadAsync(CancellationToken.None));
        Assert.False((await Assert.ThrowsAsync<MembershipStoreException>(() => store.ReadAsync(CancellationToken.None))).IsTransient);
        connection.Username = "later";
        login = connection.ConnectionString;
        Assert.True((await Assert.ThrowsAsync<MembershipStoreException>(() => store.ReadAsync(CancellationToken.None))).IsTransient);
        Assert.Equal("x", (await store.ReadAsync(CancellationToken.None))!.Text);
    }

    /// <summary>The row has moved to another server, and the one before is away, or takes connections and never answers.</summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Table_ServerThatIsReplaced_IsFollowed(bool mute)
    {
        using var before = new TcpListener(IPAddress.Loopback, 0);
        before.Start();
        var earlier = $"Host=127.0.0.1;Port={((IPEndPoint)before.LocalEndpoint).Port};Username=fleet;Database=fleet";
        if (!mute) before.Stop();
        var connection = earlier;
        await using var store = new PostgresDocumentStore(() => connection, "moved");
        using (var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200))) await Assert.ThrowsAnyAsync<Exception>(() => store.ReadAsync(patience.Token));

        connection = await postgres.Server.CreateDatabaseAsync();
        var table = new DocumentMembershipTable(new MembershipDocuments(store, "moved", Policies.Patient(seed: 1) with { CallTimeout = TimeSpan.FromSeconds(2) }), "moved");
        await table.InitializeMembershipTableAsync(true);
        Assert.True(await table.InsertRowAsync(Entries.Silo(), (await table.ReadAllAsync()).Version.Next()));
    }

    [SkippableFact]
    public async Task Table_ServerRestartsInBetween_GoesOn()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var store = new PostgresDocumentStore(server.ConnectionString(), "restart");
        var table = new DocumentMembershipTable(new MembershipDocuments(store, "restart", Policies.Patient(seed: 1)), "restart");
        await table.InitializeMembershipTableAsync(true);
        var entry = Entries.Silo();
        Assert.True(await table.InsertRowAsync(entry, (await table.ReadAllAsync()).Version.Next()));
        var data = await table.ReadAllAsync();
        await server.KillAsync();
        var (row, etag) = data.TryGet(entry.SiloAddress)!;

        var update = table.UpdateRowAsync(row, etag, data.Version.Next());
        await server.LaunchAsync();

        Assert.True(await update);
        Assert.Equal(2, (await table.ReadAllAsync()).Version.Version);
    }
}
