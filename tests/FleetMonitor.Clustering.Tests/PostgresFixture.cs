namespace FleetMonitor.Clustering.Tests;

/// <summary>One PostgreSQL for all who ask for it; each takes a database of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;
    private Exception? _absent;

    /// <summary>Skips the test where PostgreSQL is not installed.</summary>
    public PostgresServer Server => _server ?? throw _absent!;

    public async Task InitializeAsync()
    {
        try
        {
            _server = await PostgresServer.StartAsync();
        }
        catch (SkipException absent)
        {
            _absent = absent;
        }
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class UsesPostgres : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}
