using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetMonitor.Storage.Tests;

/// <summary>A store in a folder of its own.</summary>
internal sealed class SqliteTestStore : TestStore
{
    private readonly TempFolder _folder = new();
    private StoreSettings _settings = new();
    private SqliteFleetStore? _store;

    private SqliteTestStore()
    {
    }

    public string Path => System.IO.Path.Combine(_folder.Path, "fleet.db");

    public override SqliteFleetStore Store => _store!;

    /// <summary>The writer's own connection.</summary>
    public SqliteConnection Connection => Store.Connection;

    public static SqliteTestStore Open(Action<SqliteStoreOptions>? configure = null)
    {
        var test = new SqliteTestStore();
        test.Reopen(configure);
        return test;
    }

    public static SqliteTestStore Open(StoreSettings settings)
    {
        var test = new SqliteTestStore { _settings = settings };
        test.Reopen();
        return test;
    }

    public void Reopen(Action<SqliteStoreOptions>? configure = null)
    {
        var options = new SqliteStoreOptions { Path = Path, MaxQueueBytes = _settings.MaxQueueBytes };
        configure?.Invoke(options);
        _store = SqliteFleetStore.Open(options, _settings.Clock ?? Time, NullLogger<SqliteFleetStore>.Instance, _settings.Meters);
        if (_settings.Impatient) Connection.Execute("PRAGMA busy_timeout = 10");
    }

    public override Task ReopenAsync()
    {
        Reopen();
        return Task.CompletedTask;
    }

    public override Task KeepHouseAsync() => Store.KeepHouseAsync();

    public override async Task TidyAsync()
    {
        using var connection = Connect();
        // Each round is followed by a step; a hundred steps free more rows than any test here has.
        for (var round = 0; round < 100 && connection.Scalar<long>("SELECT count(*) FROM trims") > 0; round++) await KeepHouseAsync();
    }

    /// <summary>A connection of another program.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        return connection;
    }

    public override IDisposable HoldWriter()
    {
        var connection = Connect();
        connection.Execute("BEGIN IMMEDIATE");
        return connection;
    }

    // It waits for the lock before it looks at what it has to do.
    public override Task WaitUntilHeldAsync() => Task.CompletedTask;

    public override Task RefuseWritesAsync()
    {
        Connection.Execute("PRAGMA query_only = ON");
        return Task.CompletedTask;
    }

    public override Task AllowWritesAsync()
    {
        Connection.Execute("PRAGMA query_only = OFF");
        return Task.CompletedTask;
    }

    public override Task ExecuteAsync(string sql)
    {
        using var connection = Connect();
        connection.Execute(sql);
        return Task.CompletedTask;
    }

    public override Task<long> CountAsync(string sql)
    {
        using var connection = Connect();
        return Task.FromResult(connection.Scalar<long>(sql));
    }

    public override string Literal(string text) => $"X'{Convert.ToHexString(Bytes(text))}'";

    public override async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>SQLite, for the laws.</summary>
public sealed class SqliteKind : StoreKind
{
    public override Task<TestStore> OpenAsync(StoreSettings? settings = null) =>
        Task.FromResult<TestStore>(SqliteTestStore.Open(settings ?? new StoreSettings()));
}
