using Npgsql;

namespace FleetMonitor.Clustering.Stores;

/// <summary>The document in a row of PostgreSQL, one row a cluster.</summary>
/// <remarks>The table is created by the first silo that writes. The row's version is the token.</remarks>
internal sealed class PostgresDocumentStore : MembershipDocumentStore
{
    /// <summary>What silos hold on to while they create the table, so that one does it: 'fleetmem' in ASCII.</summary>
    private const long CreationLock = 0x666C6565746D656D;

    private readonly Func<string> _read;
    private readonly string _cluster;
    private readonly Lock _gate = new();
    private NpgsqlDataSource _source;
    private string _connectionString;

    /// <param name="connectionString">Npgsql's.</param>
    public PostgresDocumentStore(string connectionString, string cluster)
        : this(() => connectionString, cluster)
    {
    }

    /// <param name="read">Gives the connection string, anew whenever a call fails.</param>
    public PostgresDocumentStore(Func<string> read, string cluster)
    {
        _read = read;
        _cluster = cluster;
        _connectionString = read();
        _source = Build(_connectionString);
    }

    public override string Place
    {
        get
        {
            lock (_gate) return $"PostgreSQL table fleet_membership on {new NpgsqlConnectionStringBuilder(_connectionString).Host}, row '{_cluster}',";
        }
    }

    public override Task<StoredText?> ReadAsync(CancellationToken cancellation) => CallAsync(async () =>
    {
        var command = Source().CreateCommand("SELECT document, version FROM fleet_membership WHERE cluster_id = $1");
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new() { Value = _cluster });
        try
        {
            var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            await using var __ = reader.ConfigureAwait(false);
            return await reader.ReadAsync(cancellation).ConfigureAwait(false) ? new StoredText(reader.GetString(0), reader.GetInt64(1)) : null;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return null;
        }
    });

    public override Task<bool> WriteAsync(string text, StoredText? replaced, CancellationToken cancellation) => CallAsync(async () =>
    {
        if (replaced is null) await CreateTableAsync(cancellation).ConfigureAwait(false);
        var command = Source().CreateCommand(replaced is null
            ? "INSERT INTO fleet_membership (cluster_id, document, version) VALUES ($1, $2, 1) ON CONFLICT (cluster_id) DO NOTHING"
            : "UPDATE fleet_membership SET document = $2, version = version + 1 WHERE cluster_id = $1 AND version = $3");
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new() { Value = _cluster });
        command.Parameters.Add(new() { Value = text });
        if (replaced is not null) command.Parameters.Add(new() { Value = replaced.Token });
        return await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false) == 1;
    });

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>CREATE TABLE IF NOT EXISTS alone fails for one of two who run it at once; where the table is there no right to create one is needed.</summary>
    private async Task CreateTableAsync(CancellationToken cancellation)
    {
        var connection = await Source().OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await using var __ = transaction.ConfigureAwait(false);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT pg_advisory_xact_lock($1)";
        command.Parameters.Add(new() { Value = CreationLock });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);

        command.Parameters.Clear();
        command.CommandText = "SELECT to_regclass('fleet_membership') IS NOT NULL";
        if (await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is true) return;
        command.CommandText = "CREATE TABLE fleet_membership (cluster_id text PRIMARY KEY, document text NOT NULL, version bigint NOT NULL)";
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or System.Net.Sockets.SocketException or IOException or TimeoutException)
        {
            var place = Place;
            throw !Renewed() && IsPermanent(exception)
                ? MembershipStoreException.Permanent($"{place} cannot be used: {exception.Message}", exception)
                : MembershipStoreException.Transient($"{place} failed: {exception.Message}", exception);
        }
        catch (OperationCanceledException)
        {
            Renewed(); // It took too long, as with a host that is no more.
            throw;
        }
    }

    private NpgsqlDataSource Source()
    {
        lock (_gate) return _source;
    }

    private static NpgsqlDataSource Build(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 4, MinPoolSize = 0 };
        connection.ApplicationName ??= "fleet-monitor membership";
        return new NpgsqlDataSourceBuilder(connection.ConnectionString).Build();
    }

    /// <summary>Whether there is another connection string by now: another login, or another host, after a failover or a move.</summary>
    private bool Renewed()
    {
        try
        {
            var now = _read();
            lock (_gate)
            {
                if (now == _connectionString) return false;
                var renewed = Build(now);
                _source.Clear(); // Who is about to use it may; its connections go when they have been idle.
                (_source, _connectionString) = (renewed, now);
                return true;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false; // Being replaced: the next failure looks again.
        }
    }

    /// <summary>What the server refuses for good: an unknown database, a wrong password, a missing right, a statement it does not understand.</summary>
    /// <remarks>Failing servers, and one that is about to become the primary (25006: read-only), are worth another attempt.</remarks>
    private static bool IsPermanent(Exception exception) =>
        exception is PostgresException { IsTransient: false, SqlState: { Length: 5 } state }
        && state[..2] is ("28" or "3D" or "42" or "22" or "23" or "0A");
}
