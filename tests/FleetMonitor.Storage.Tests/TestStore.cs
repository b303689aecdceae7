using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace FleetMonitor.Storage.Tests;

/// <summary>A real store in a folder of its own. Its clock stands still, so housekeeping happens when a test says so.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();
    private SqliteFleetStore? _store;

    private TestStore()
    {
    }

    public FakeTimeProvider Time { get; } = new(Now);

    public string Path => System.IO.Path.Combine(_folder.Path, "fleet.db");

    public SqliteFleetStore Store => _store!;

    public static TestStore Open(Action<SqliteStoreOptions>? configure = null)
    {
        var test = new TestStore();
        test.Reopen(configure);
        return test;
    }

    public void Reopen(Action<SqliteStoreOptions>? configure = null)
    {
        var options = new SqliteStoreOptions { Path = Path };
        configure?.Invoke(options);
        _store = SqliteFleetStore.Open(options, Time, NullLogger<SqliteFleetStore>.Instance);
    }

    public Task<ModelLease> OpenModelAsync(string name) => Store.OpenModelAsync(name, Now);

    /// <summary>The model's log as text, from a new lease.</summary>
    public async Task<List<string>> ReplayAsync(string name)
    {
        var lease = await OpenModelAsync(name);
        return await ReadAsync(lease, lease.CheckpointSequence);
    }

    public async Task<List<string>> ReadAsync(ModelLease lease, long after = 0)
    {
        var bodies = new List<string>();
        await foreach (var record in Store.ReadLogAsync(lease, after))
        {
            Assert.Equal(++after, record.Sequence);
            bodies.Add(Text(record.Body));
        }
        return bodies;
    }

    /// <summary>A connection of another program.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>Keeps the writer from beginning a transaction until it is disposed; what is asked of the store meanwhile waits.</summary>
    public IDisposable HoldWriter()
    {
        var connection = Connect();
        connection.Execute("BEGIN IMMEDIATE");
        return connection;
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> body) => Encoding.UTF8.GetString(body.Span);

    public static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _folder.Dispose();
    }
}

internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fleetmonitor-storage-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
