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
