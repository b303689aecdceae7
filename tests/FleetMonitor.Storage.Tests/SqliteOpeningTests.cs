using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetMonitor.Storage.Tests;

public sealed class SqliteOpeningTests
{
    [Fact]
    public async Task Open_FolderThatDoesNotExist_IsCreated()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "a", "b", "fleet.db");
        await using var store = Open(path);
        Assert.True(File.Exists(path));
        Assert.True(store.Health.IsReady);
    }

    [Fact]
    public void Open_FileThatIsNoDatabase_IsRefusedAndNotTouched()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "fleet.db");
        File.WriteAllText(path, new string('x', 10_000));
        AssertRefused(path, "not a database");
        Assert.Equal(new string('x', 10_000), File.ReadAllText(path));
    }

    [Fact]
    public void Open_DatabaseOfAnotherProgram_IsRefusedAndNotTouched()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "fleet.db");
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            connection.Execute("CREATE TABLE theirs (x)");
        }
        var before = File.ReadAllBytes(path);
        AssertRefused(path, "another program");
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefused()
    {
        await using var test = SqliteTestStore.Open();
        await test.Store.DisposeAsync();
        using (var connection = test.Connect()) connection.Execute("PRAGMA user_version = 99");
        AssertRefused(test.Path, "schema 99");
    }

    /// <summary>A file as version 1 of the schema left it, with a model that was retired; twice, since the second open finds it upgraded.</summary>
    [Fact]
    public async Task Open_OlderSchema_IsUpgradedAndKeepsWhatIsInIt()
    {
        using var folder = new TempFolder();
        var path = folder.File("fleet.db");
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            connection.Execute("""
                CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
                INSERT INTO meta VALUES ('epoch', 3);
                CREATE TABLE models (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL, registered INTEGER NOT NULL);
                INSERT INTO models (name, epoch, registered) VALUES ('live', 1, 1000000), ('silent', 2, 2000000), ('new', 3, 3000000);
                CREATE TABLE summaries (model_id INTEGER PRIMARY KEY, version TEXT, task TEXT, team TEXT, family TEXT, tier TEXT, state TEXT, trouble REAL, drifted INTEGER,
                    features_drifted INTEGER, accuracy REAL, confidence REAL, drift_score REAL, predictions INTEGER, last_prediction INTEGER, updated INTEGER);
                INSERT INTO summaries VALUES (1, '1', 'binary', 'risk', '', '', 'live', 2, 0, 0, NULL, NULL, NULL, 5, NULL, 7), (2, '1', 'binary', 'risk', '', '', 'retired', 0, 0, 0, NULL, NULL, NULL, 5, NULL, 7);
                CREATE TABLE checkpoints (model_id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, checksum INTEGER NOT NULL, state BLOB NOT NULL);
                CREATE TABLE log (id INTEGER PRIMARY KEY, model_id INTEGER NOT NULL, sequence INTEGER NOT NULL, records INTEGER NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL);
                CREATE UNIQUE INDEX log_by_model ON log (model_id, sequence);
                CREATE TABLE trims (model_id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);
                PRAGMA application_id = 1179405646;
                PRAGMA user_version = 1;
                PRAGMA journal_mode = WAL;
                """);
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO log (model_id, sequence, records, checksum, body) VALUES (1, 1, 1, $checksum, $body)";
            command.Parameters.AddWithValue("$checksum", LogSegment.Checksum(1, 1, TestStore.Bytes("first")));
            command.Parameters.AddWithValue("$body", TestStore.Bytes("first"));
            command.ExecuteNonQuery();
        }
        for (var round = 1; round <= 2; round++)
        {
            await using var store = Open(path);
            var names = new List<string>();
            await foreach (var name in store.RegisteredModelsAsync()) names.Add(name);
            Assert.Equal(["live", "new"], names);
            Assert.Equal(["live", "silent", "new"], (await store.ListModelsAsync(new ModelQuery())).Models.Select(row => row.Name));
            var lease = await store.OpenModelAsync("live", TestStore.Now);
            Assert.Equal(3 + round, lease.Epoch);
            Assert.Equal(1 + round, await store.AppendAsync(lease, TestStore.Bytes("next")));
            var log = new List<string>();
            await foreach (var record in store.ReadLogAsync(lease, 0)) log.Add(TestStore.Text(record.Body));
            Assert.Equal(["first", "next", "next"], (string[])[.. log, .. Enumerable.Repeat("next", 2 - round)]);
        }
    }

    [Fact]
    public async Task Open_TruncatedFile_IsRefused()
    {
        await using var test = SqliteTestStore.Open();
        await test.Store.DisposeAsync();
        using (var file = new FileStream(test.Path, FileMode.Open)) file.SetLength(2 * 4096);
        AssertRefused(test.Path, "corrupt");
    }

    [Fact]
    public async Task Open_DamagedModels_IsRefused()
    {
        await using var test = SqliteTestStore.Open();
        for (var i = 0; i < 1000; i++) await test.OpenModelAsync($"model-{i}");
        await test.Store.DisposeAsync();
        using (var connection = test.Connect())
        {
            var page = connection.Scalar<long>("SELECT rootpage FROM sqlite_schema WHERE name = 'models'");
            using var file = new FileStream(test.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            file.Position = (page - 1) * 4096 + 2000;
            file.Write(TestStore.RandomBytes(4096 - 2000)); // A page fills from its end.
        }
        AssertRefused(test.Path, "corrupt");
    }

    [Fact]
    public async Task Open_TwiceInOneProcess_IsRefusedUntilTheFirstIsClosed()
    {
        await using var test = SqliteTestStore.Open();
        AssertRefused(test.Path, "in use");
        await test.Store.DisposeAsync();
        test.Reopen();
        Assert.True(test.Store.Health.IsReady);
    }

    [SkippableFact]
    public void Open_FolderThatCannotBe_IsRefused()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "uses /proc");
        AssertRefused("/proc/fleet-monitor/fleet.db", "cannot be opened");
    }

    [Fact]
    public void Open_OptionsOutOfRange_AreAllNamed()
    {
        var options = new SqliteStoreOptions { Path = "", MaxQueueBytes = 1, MaxReaders = 0, HousekeepingInterval = TimeSpan.Zero, Durability = (Durability)7 };
        var refused = Assert.Throws<ArgumentException>(() => SqliteFleetStore.Open(options, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance));
        string[] names = ["Path", "MaxQueueBytes", "MaxReaders", "HousekeepingInterval", "Durability"];
        foreach (var name in names) Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Durability.Process, 1)]
    [InlineData(Durability.Power, 2)]
    public async Task Open_Durability_IsSqlitesSynchronous(Durability durability, long synchronous)
    {
        await using var test = SqliteTestStore.Open(options => options.Durability = durability);
        Assert.Equal(synchronous, test.Connection.Scalar<long>("PRAGMA synchronous"));
        Assert.Equal("wal", test.Connection.Scalar<string>("PRAGMA journal_mode"));
        var lease = await test.OpenModelAsync("m");
        Assert.Equal(1, await test.Store.AppendAsync(lease, TestStore.Bytes("1")));
    }

    private static SqliteFleetStore Open(string path) =>
        SqliteFleetStore.Open(new SqliteStoreOptions { Path = path }, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance);

    private static void AssertRefused(string path, string cause)
    {
        var refused = Assert.Throws<StoreOpenException>(() => Open(path));
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
    }
}
