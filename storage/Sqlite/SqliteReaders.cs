using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace FleetMonitor.Storage;

/// <summary>A few connections for reading, made when needed and kept; who finds none free waits.</summary>
/// <remarks>SQLite reads block, so they run on the thread pool and never on the caller's thread, which may be a grain's.</remarks>
internal sealed class SqliteReaders(string path, int count, Action<SqliteException> failed) : IAsyncDisposable
{
    private readonly SemaphoreSlim _free = new(count);
    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private volatile bool _disposed;

    /// <exception cref="StoreUnavailableException">SQLite could not read.</exception>
    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(FleetStore));
        await _free.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(FleetStore));
            return await Task.Run(() => Read(read), ct).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the reads under way, which are short.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        for (var i = 0; i < count; i++) await _free.WaitAsync().ConfigureAwait(false);
        foreach (var connection in _idle) connection.Dispose();
        _free.Release(count); // Whoever still waits finds out that it is over.
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        SqliteConnection? connection = null;
        var sound = false;
        try
        {
            if (!_idle.TryTake(out connection)) connection = SqliteSchema.OpenReader(path);
            var result = read(connection);
            sound = true;
            return result;
        }
        catch (StoreException)
        {
            sound = true; // What was read is wrong, not the connection.
            throw;
        }
        catch (SqliteException e)
        {
            failed(e);
            throw new StoreUnavailableException($"The database '{path}' cannot be read: {e.Cause()}.", e);
        }
        finally
        {
            if (sound) _idle.Add(connection!);
            else connection?.Dispose();
        }
    }
}
