using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetMonitor.Storage.Tests;

[Collection(PostgresSuite.Name)]
public sealed class PostgresOpeningTests(PostgresKind kind)
{
    [SkippableFact]
    public async Task Open_ManySilosOnAnEmptyDatabase_AllFindTheTables()
    {
        var database = await (await kind.ServerAsync()).CreateDatabaseAsync();
        var tests = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostgresTestStore.OpenAsync(database)));
        foreach (var test in tests) await test.OpenModelAsync("m");
        foreach (var test in tests) await test.DisposeAsync();
    }

    [SkippableFact]
    public async Task Open_TwoSchemas_AreTwoFleets()
    {
        await using var test = await kind.OpenAsync(null, null);
        await using var other = await test.OpenAnotherAsync(options => options.Schema = "other_fleet");
        await test.OpenModelAsync("m");
        Assert.False(await other.ModelExistsAsync("m"));
    }

    [SkippableFact]
    public async Task Open_NewerSchema_IsRefused()
    {
        await using var test = await kind.OpenAsync(null, null);
        await test.ExecuteAsync("UPDATE meta SET value = 99 WHERE key = 'schema'");
        var refused = await Assert.ThrowsAsync<StoreOpenException>(() => test.OpenAnotherAsync());
        Assert.Contains("schema 99", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Open_SchemaOfAnotherProgram_IsRefusedAndNotTouched()
    {
        await using var test = await kind.OpenAsync(null, null);
        await test.ExecuteAsync("CREATE SCHEMA theirs; CREATE TABLE theirs.meta (x int)");
        var refused = await Assert.ThrowsAsync<StoreOpenException>(() => test.OpenAnotherAsync(options => options.Schema = "theirs"));
        Assert.Contains("another program", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await test.CountAsync("SELECT count(*) FROM pg_class WHERE relnamespace = 'theirs'::regnamespace AND relkind = 'r'"));
    }

    [SkippableTheory]
    [InlineData("Database", "nowhere", "no such database")]
    [InlineData("Username", "nobody", "refuses the login")]
    public async Task Open_Refused_SaysWhyAtOnce(string key, string value, string cause)
    {
        var server = await kind.ServerAsync();
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString()) { [key] = value, Password = "secret-word" };
        var refused = await Assert.ThrowsAsync<StoreOpenException>(() => PostgresTestStore.OpenAsync(settings.ToString()));
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ServerThatIsNotThere_IsRefusedAfterTheStartTimeout()
    {
        var nowhere = $"Host=127.0.0.1;Port={FreePorts.Find(1)[0]};Username=postgres;Database=fleet";
        var refused = await Assert.ThrowsAsync<StoreOpenException>(
            () => PostgresTestStore.OpenAsync(nowhere, null, options => options.StartTimeout = TimeSpan.Zero));
        Assert.Contains("cannot be reached", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Open_ServerThatComesLater_IsWaitedFor()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await server.StopAsync();
        var opening = PostgresTestStore.OpenAsync(database);
        await server.LaunchAsync();
        await using var test = await opening;
        Assert.True(test.Store.Health.IsReady);
    }

    [Fact]
    public void Open_OptionsOutOfRange_AreAllNamed()
    {
        var options = new PostgresStoreOptions
        {
            Schema = "Robert'); --", MaxQueueBytes = 1, CommandTimeout = TimeSpan.Zero, ConnectTimeout = TimeSpan.Zero, MaxReaders = 0, PartitionBytes = 1,
            DoubtTimeout = TimeSpan.Zero, HousekeepingInterval = TimeSpan.Zero, StartTimeout = TimeSpan.FromDays(1),
        };
        var refused = Assert.Throws<ArgumentException>(() => PostgresFleetStore.Open(options, TimeProvider.System, NullLogger<PostgresFleetStore>.Instance));
        string[] names =
        [
            "Schema", "MaxQueueBytes", "CommandTimeout", "ConnectTimeout", "MaxReaders", "PartitionBytes", "DoubtTimeout", "HousekeepingInterval",
            "StartTimeout", "ConnectionString", "ConnectionStringFile",
        ];
        foreach (var name in names) Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=here;Password=secret-word", "file")]
    [InlineData("Hose=here;Password=secret-word", "")]
    [InlineData("Password=secret-word", "")]
    public void Open_ConnectionStringThatCannotBe_IsRefusedWithoutQuotingIt(string text, string file)
    {
        var options = new PostgresStoreOptions { ConnectionString = text, ConnectionStringFile = file };
        var refused = Assert.Throws<ArgumentException>(() => PostgresFleetStore.Open(options, TimeProvider.System, NullLogger<PostgresFleetStore>.Instance));
        Assert.Contains("ConnectionString", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ConnectionStringFileThatIsMissing_IsRefusedWithItsPath()
    {
        using var folder = new TempFolder();
        var options = new PostgresStoreOptions { ConnectionStringFile = folder.File("missing") };
        var refused = Assert.Throws<StoreOpenException>(() => PostgresFleetStore.Open(options, TimeProvider.System, NullLogger<PostgresFleetStore>.Instance));
        Assert.Contains(folder.File("missing"), refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The server's own wait two hours before they ask after a machine that is gone; an operator's choice stands.</summary>
    [SkippableTheory]
    [InlineData("", "10")]
    [InlineData("-c tcp_keepalives_idle=42", "42")]
    public async Task Open_Connection_IsKeptAliveByTheServer(string chosen, string idle)
    {
        var server = new NpgsqlConnectionStringBuilder(await (await kind.ServerAsync()).CreateDatabaseAsync()) { Options = chosen };
        using var database = new PostgresDatabase(new PostgresStoreOptions { ConnectionString = server.ConnectionString });
        await using var connection = await database.OpenAsync(CancellationToken.None);
        Assert.Equal(idle, await connection.ScalarAsync<string>("SHOW tcp_keepalives_idle"));
        Assert.Equal("10s", await connection.ScalarAsync<string>("SHOW statement_timeout"));
    }

    [SkippableFact]
    public async Task AddPostgresFleetStore_Resolved_IsOneOpenStore()
    {
        var database = await (await kind.ServerAsync()).CreateDatabaseAsync();
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddPostgresFleetStore(options => options.ConnectionString = database);
        await using (var provider = services.BuildServiceProvider())
        {
            var store = provider.GetRequiredService<FleetStore>();
            Assert.Same(store, provider.GetRequiredService<FleetStore>());
            Assert.Equal(1, await store.AppendAsync(await store.OpenModelAsync("m", TestStore.Now), TestStore.Bytes("1")));
        }
        await using var again = services.BuildServiceProvider();
        Assert.True(again.GetRequiredService<FleetStore>().Health.IsReady);
    }

    [Fact]
    public async Task AddPostgresFleetStore_OptionsOutOfRange_FailsWithTheirNames()
    {
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddPostgresFleetStore(options => options.MaxQueueBytes = 5);
        await using var provider = services.BuildServiceProvider();
        var refused = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<FleetStore>);
        Assert.Contains("MaxQueueBytes", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task OpenModel_NameThatTheDatabaseCannotHold_IsRefused()
    {
        await using var test = await kind.OpenAsync(null, null);
        foreach (var name in (string[])["a\0b", "half \ud83d of a character", new string('x', 3000)])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => test.OpenModelAsync(name));
            Assert.False(await test.Store.ModelExistsAsync(name));
            Assert.Empty((await test.Store.ListModelsAsync(new ModelQuery { Search = name, Team = name })).Models);
        }
        Assert.True(test.Store.Health.IsReady);
    }

    [SkippableFact]
    public async Task PublishSummary_TextThatTheDatabaseCannotHold_IsKeptAsFarAsItCan()
    {
        await using var test = await kind.OpenAsync(null, null);
        var lease = await test.OpenModelAsync("m");
        test.Store.PublishSummary(lease, ListingLaws.Summary(1) with { Team = "a\0b", Family = "c\ud83d" });
        await test.KeepHouseAsync();
        var summary = (await test.Store.ListModelsAsync(new ModelQuery())).Models[0].Summary!;
        Assert.Equal(("a\ufffdb", "c\ufffd"), (summary.Team, summary.Family));
        Assert.True(test.Store.Health.IsReady);
    }
}
