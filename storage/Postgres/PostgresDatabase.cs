using System.Globalization;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>The way to the server: one pool of connections, whose settings every statement of the store relies on.</summary>
/// <remarks>
/// <c>statement_timeout</c> ends a statement that waits for a lock or for a slow disk, with a certain outcome; the client's own timeout, which leaves the
/// outcome open, is for a server that does not even do that. <c>read committed</c>, since each statement must see what the one before it waited for.
/// <c>idle_in_transaction_session_timeout</c> frees the locks of a silo that stands still between two statements. In the middle of sending one no timeout of
/// the server runs: TCP's keepalives tell it within half a minute that the silo's machine is gone, where the system's own take two hours.
/// </remarks>
internal sealed class PostgresDatabase : IDisposable
{
    /// <summary>Statements of more bytes get more time.</summary>
    private const int LargeBytes = 16 << 20;

    private const int LargeBytesPerSecond = 4 << 20;

    private readonly PostgresStoreOptions _options;
    private readonly Lock _gate = new();
    private NpgsqlDataSource _source;
    private string _connectionString;

    /// <exception cref="StoreOpenException">The file with the connection string cannot be read.</exception>
    public PostgresDatabase(PostgresStoreOptions options)
    {
        _options = options;
        _connectionString = ReadConnectionString(options);
        (_source, Name) = Build(_connectionString);
    }

    /// <summary>For messages: database, host and schema, never a password.</summary>
    public string Name { get; private set; }

    /// <summary>A connection, for a thread of one's own.</summary>
    /// <remarks>
    /// The driver's own way to wait for one has no end where less than a millisecond is left for the server's first answer: it becomes a socket's timeout of 0, which is none. So it is the driver's
    /// other way that is waited for, and a second more at most.
    /// </remarks>
    /// <exception cref="NpgsqlException">It cannot be made.</exception>
    public NpgsqlConnection Open()
    {
        using var patience = new CancellationTokenSource(_options.ConnectTimeout + TimeSpan.FromSeconds(1));
        try
        {
            return OpenAsync(patience.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e)
        {
            throw new NpgsqlException("The server did not answer", new TimeoutException($"nothing came within {_options.ConnectTimeout}", e));
        }
    }

    /// <summary>A connection of the pool.</summary>
    /// <exception cref="NpgsqlException">It cannot be made.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var source = Source();
        try
        {
            return await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (Source() != source)
        {
            return await OpenAsync(ct).ConfigureAwait(false); // The pool was replaced in between.
        }
        catch (Exception e) when (e is TimeoutException or ObjectDisposedException)
        {
            throw new NpgsqlException("No connection was made", e); // The driver lets these through as they are.
        }
    }

    /// <summary>After a connection was lost: idle ones may be dead too, and the secret may have changed.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            if (_options.ConnectionStringFile.Length > 0 && TryReadFile() is { } changed && changed != _connectionString)
            {
                _source.Dispose(); // Connections in use live on until they are given back.
                (_source, Name) = Build(_connectionString = changed);
                return;
            }
            _source.Clear();
        }
    }

    /// <summary>Time for a statement that carries that many bytes, in seconds, if that is more than others get.</summary>
    public int? TimeoutFor(long bytes) => bytes <= LargeBytes ? null : (int)_options.CommandTimeout.TotalSeconds + (int)(bytes / LargeBytesPerSecond);

    public void Dispose() => _source.Dispose();

    private NpgsqlDataSource Source()
    {
        lock (_gate) return _source;
    }

    private (NpgsqlDataSource Source, string Name) Build(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            SearchPath = _options.Schema,
            Timeout = (int)_options.ConnectTimeout.TotalSeconds,
            CommandTimeout = (int)_options.CommandTimeout.TotalSeconds + 2,
            CancellationTimeout = 1000,
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = _options.MaxReaders + 3,
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            WriteBufferSize = 64 << 10,
            ReadBufferSize = 64 << 10,
            Enlist = false,
            IncludeErrorDetail = false,
        };
        if (string.IsNullOrEmpty(settings.ApplicationName)) settings.ApplicationName = "fleetmonitor";
        var milliseconds = (long)_options.CommandTimeout.TotalMilliseconds;
        var timeouts = string.Create(
            CultureInfo.InvariantCulture, $"-c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout={milliseconds}");
        const string KeepAlive = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";
        settings.Options = $"{KeepAlive} {settings.Options} {timeouts} -c default_transaction_isolation=read\\ committed -c jit=off".Trim();
        var name = $"The database '{settings.Database ?? settings.Username}' on '{settings.Host}' (schema '{_options.Schema}')";
        return (NpgsqlDataSource.Create(settings), name);
    }

    private static string ReadConnectionString(PostgresStoreOptions options)
    {
        if (options.ConnectionStringFile.Length == 0) return options.ConnectionString;
        try
        {
            var text = File.ReadAllText(options.ConnectionStringFile).Trim();
            if (PostgresStoreOptionsValidator.IsConnectionString(text)) return text;
            throw PostgresSchema.Refusal("The database", $"'{options.ConnectionStringFile}' does not hold a connection string of PostgreSQL");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw PostgresSchema.Refusal("The database", $"its connection string cannot be read: {e.Message}", e);
        }
    }

    private string? TryReadFile()
    {
        try
        {
            return ReadConnectionString(_options);
        }
        catch (StoreOpenException)
        {
            return null; // Being replaced: what was read last may still do.
        }
    }
}
