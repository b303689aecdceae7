using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace FleetMonitor.Storage.Tests;

public sealed class PostgresDatabaseTests
{
    private const int Threads = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>As one that another thread replaces while it is asked.</summary>
    [Fact]
    public async Task Open_FromAPoolThatIsGone_IsNoConnection()
    {
        var database = new PostgresDatabase(new PostgresStoreOptions { ConnectionString = "Host=127.0.0.1;Port=1;Username=fleet;Database=fleet" });
        database.Dispose();
        Assert.IsType<ObjectDisposedException>(Assert.Throws<NpgsqlException>(database.Open).InnerException);
        Assert.IsType<ObjectDisposedException>((await Assert.ThrowsAsync<NpgsqlException>(() => database.OpenAsync(CancellationToken.None).AsTask())).InnerException);
    }

    /// <summary>Many at once, so that for some the time runs out between two of the driver's looks at it.</summary>
    [Fact]
    public async Task Open_ServerThatTakesConnectionsAndNeverAnswers_GivesUp()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start(2 * Threads);
        var options = new PostgresStoreOptions
        {
            ConnectionString = $"Host=127.0.0.1;Port={((IPEndPoint)mute.LocalEndpoint).Port};Username=fleet;Database=fleet",
            ConnectTimeout = TimeSpan.FromSeconds(1),
            MaxReaders = Threads,
        };
        using var database = new PostgresDatabase(options);
        var attempts = Enumerable.Range(0, Threads)
            .Select(_ => Task.Factory.StartNew(() => Assert.ThrowsAny<NpgsqlException>(database.Open), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        foreach (var failure in await Task.WhenAll(attempts).WaitAsync(Patience)) Assert.StartsWith("the server does not answer", failure.Cause(), StringComparison.Ordinal);
    }
}
