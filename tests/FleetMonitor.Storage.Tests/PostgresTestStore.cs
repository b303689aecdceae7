using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FleetMonitor.Storage.Tests;

/// <summary>A store in a database of its own, on the tests' server.</summary>
internal sealed class PostgresTestStore : TestStore
{
    private const string Schema = "fleetmonitor";

    private readonly Action<PostgresStoreOptions>? _configure;
    private readonly StoreSettings _settings;
    private PostgresFleetStore? _store;

    private PostgresTestStore(string connectionString, StoreSettings settings, Action<PostgresStoreOptions>? configure) =>
        (ConnectionString, _settings, _configure) = (connectionString, settings, configure);

    /// <summary>What another program connects with.</summary>
    public string ConnectionString { get; }

    public override PostgresFleetStore Store => _store!;

    /// <param name="connectionString">Of a new database.</param>
    public static async Task<PostgresTestStore> OpenAsync(
        string connectionString, StoreSettings? settings = null, Action<PostgresStoreOptions>? configure = null)
    {
        var test = new PostgresTestStore(connectionString, settings ?? new StoreSettings(), configure);
        await test.ReopenAsync();
        return test;
    }

    public override async Task ReopenAsync() => _store = await OpenAnotherAsync();

    /// <summary>A second silo's store over the same database. The test disposes of it.</summary>
    public Task<PostgresFleetStore> OpenAnotherAsync(Action<PostgresStoreOptions>? configure = null)
    {
        var options = new PostgresStoreOptions { ConnectionString = ConnectionString, Schema = Schema, MaxQueueBytes = _settings.MaxQueueBytes };
        if (_settings.Impatient) options.CommandTimeout = TimeSpan.FromSeconds(2);
        _configure?.Invoke(options);
        configure?.Invoke(options);
        return Task.Run(() => PostgresFleetStore.Open(options, _settings.Clock ?? Time, NullLogger<PostgresFleetStore>.Instance, _settings.Meters));
    }

    public override Task KeepHouseAsync() => Store.KeepHouseAsync();

    public override async Task TidyAsync()
    {
        // A slice is moved on from, counted and dropped within a round.
        for (var round = 0; round < 3; round++) await KeepHouseAsync();
    }

    /// <summary>A connection of another program.</summary>
    public NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false;Search Path={Schema}");
        connection.Open();
        return connection;
    }

    public override IDisposable HoldWriter()
    {
        var connection = Connect();
        connection.Execute("BEGIN; LOCK TABLE models IN EXCLUSIVE MODE");
        return connection;
    }

    public override Task WaitUntilHeldAsync() => Wait.UntilAsync(
        async () => await CountAsync("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'models'::regclass") > 0,
        TimeSpan.FromSeconds(30), () => "The writer to wait.");

    // It has a connection of its own, and the server is told: were it let go first, it might be done by then.
    public override async Task WaitUntilCancelledAsync(Task checkpoint) => await checkpoint.WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public override Task RefuseWritesAsync() => RefuseWritesAsync(PostgresErrorCodes.ReadOnlySqlTransaction);

    /// <summary>From now on whatever the store writes ends with that error of the server.</summary>
    public Task RefuseWritesAsync(string code) => ExecuteAsync($"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{code}'; END $body$;
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON models EXECUTE FUNCTION refuse();
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON summaries EXECUTE FUNCTION refuse();
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON checkpoints EXECUTE FUNCTION refuse();
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON probes EXECUTE FUNCTION refuse();
        """);

    public override Task AllowWritesAsync() => ExecuteAsync("DROP FUNCTION refuse() CASCADE");

    public override async Task ExecuteAsync(string sql)
    {
        await using var connection = Connect();
        await connection.ExecuteAsync(sql);
    }

    public override async Task<long> CountAsync(string sql)
    {
        await using var connection = Connect();
        return await connection.ScalarAsync<long>(sql);
    }

    public override string Literal(string text) => $"'\\x{Convert.ToHexString(Bytes(text))}'::bytea";

    public override ValueTask DisposeAsync() => Store.DisposeAsync();
}

/// <summary>PostgreSQL, for the laws: one server of a collection of tests, a database a test.</summary>
public sealed class PostgresKind : StoreKind, IAsyncLifetime
{
    private PostgresServer? _server;

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Started by the first test that wants it; skips the test where PostgreSQL is not installed.</summary>
    public async Task<PostgresServer> ServerAsync() => _server ??= await PostgresServer.StartAsync();

    public override async Task<TestStore> OpenAsync(StoreSettings? settings = null) => await OpenAsync(settings, null);

    internal async Task<PostgresTestStore> OpenAsync(StoreSettings? settings, Action<PostgresStoreOptions>? configure) =>
        await PostgresTestStore.OpenAsync(await (await ServerAsync()).CreateDatabaseAsync(), settings, configure);

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}

/// <summary>Tests that share a server and leave it running.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresSuite : ICollectionFixture<PostgresKind>
{
    public const string Name = "PostgreSQL";
}
