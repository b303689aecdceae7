using System.Globalization;
using Npgsql;

namespace FleetMonitor.Testing;

/// <summary>A real PostgreSQL on loopback, with a data folder of its own: the tests' to stop, kill and freeze.</summary>
/// <remarks>PostgreSQL refuses to run as root; there it runs as the user <c>postgres</c>, whom its package creates.</remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly string _programs;
    private ChildProcess? _server;
    private int _databases;

    private PostgresServer(string programs)
    {
        _programs = programs;
        Port = FreePorts.Find(1)[0];
    }

    public int Port { get; }

    /// <summary>Its process, the parent of all that serve connections.</summary>
    public int Id => _server?.Id ?? throw new InvalidOperationException("PostgreSQL is not running.");

    private static bool IsRoot => Environment.UserName == "root";

    private string Data => _folder.File("data");

    /// <summary>Creates an empty cluster and starts it; skips the test where PostgreSQL is not installed.</summary>
    /// <param name="settings">Beyond the default: <c>max_connections=20</c>.</param>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var server = new PostgresServer(Programs());
        try
        {
            await server.CreateAsync();
            await server.LaunchAsync(settings);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts what was stopped or killed, over the same data and on the same port.</summary>
    public async Task LaunchAsync(params string[] settings)
    {
        string[] options = [$"port={Port}", "listen_addresses=127.0.0.1", $"unix_socket_directories={_folder.Path}", "fsync=off", "shared_buffers=64MB", "max_connections=200", .. settings];
        _server = Start("postgres", ["-D", Data, .. options.SelectMany(option => new[] { "-c", option })]);
        await Wait.UntilAsync(
            async () =>
            {
                if (_server.HasExited) throw new InvalidOperationException($"PostgreSQL ended.\n{_server.Said}");
                return await AnswersAsync();
            },
            Deadline,
            () => $"PostgreSQL.\n{_server.Said}");
    }

    /// <summary>What Npgsql connects with.</summary>
    public string ConnectionString(string database = "postgres") =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database}");

    /// <summary>A new empty database, and what to connect to it with.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"fleet_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync($"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    public async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own statements.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A fast shutdown: connections are cut, what was committed is on disk.</summary>
    public async Task StopAsync()
    {
        _server!.Signal("INT");
        await _server.EndAsync(Deadline);
    }

    /// <summary>SIGKILL of the server and of all who serve its connections.</summary>
    public ValueTask KillAsync() => _server!.DisposeAsync();

    /// <summary>SIGSTOP of the server and of all who serve its connections: the system still takes connections in its name, and nobody answers.</summary>
    public void Freeze()
    {
        _server!.Pause(); // First, so that nobody new comes.
        SignalChildren("STOP");
    }

    public void Thaw()
    {
        SignalChildren("CONT");
        _server!.Resume();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        _folder.Dispose();
    }

    private async Task CreateAsync()
    {
        if (IsRoot) await RunAsync("chown", "postgres", _folder.Path);
        await using var created = Start("initdb", ["-D", Data, "-U", "postgres", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8"]);
        var ended = await created.EndAsync(Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
    }

    private void SignalChildren(string signal)
    {
        using var pkill = System.Diagnostics.Process.Start("pkill", [$"-{signal}", "-P", _server!.Id.ToString(CultureInfo.InvariantCulture)]);
        pkill.WaitForExit();
    }

    private ChildProcess Start(string program, string[] arguments)
    {
        var file = Path.Combine(_programs, program);
        return IsRoot
            ? ChildProcess.Start("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", file, .. arguments], folder: _folder.Path)
            : ChildProcess.Start(file, arguments, folder: _folder.Path);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await ExecuteAsync("SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var ended = await ChildProcess.RunAsync(program, arguments, Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
    }

    /// <summary>The folder with <c>pg_dump</c>, <c>pg_restore</c> and <c>psql</c> of this server's version.</summary>
    public string ProgramFolder => _programs;

    /// <summary>Where Debian puts the server's programs: beside each other by version, the newest counts.</summary>
    private static string Programs()
    {
        const string versions = "/usr/lib/postgresql";
        var found = Directory.Exists(versions)
            ? Directory.EnumerateDirectories(versions).Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "postgres"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        Skip.If(found is null, "PostgreSQL is not on this machine.");
        return found!;
    }
}
