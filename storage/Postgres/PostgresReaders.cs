using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>Questions to the database, of which a few run at a time; who finds no connection free waits.</summary>
internal sealed class PostgresReaders(PostgresDatabase database, int count) : IAsyncDisposable
{
    private readonly SemaphoreSlim _free = new(count);
    private volatile bool _disposed;

    /// <param name="read">Asked once more where its connection turns out to be dead, as after a restart of the server.</param>
    /// <param name="ct">Ends the question on the server too.</param>
    /// <exception cref="StoreUnavailableException">The database cannot be read.</exception>
    public async Task<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(FleetStore));
        await _free.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(FleetStore));
            return await ReadAsync(read, again: true, ct).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the questions under way, which are short.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        for (var i = 0; i < count; i++) await _free.WaitAsync().ConfigureAwait(false);
        _free.Release(count); // Whoever still waits finds out that it is over.
    }

    private async Task<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> read, bool again, CancellationToken ct)
    {
        var connected = false;
        try
        {
            var connection = await database.OpenAsync(ct).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                connected = true;
                return await read(connection, ct).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException e) when (again && connected && !e.IsDefinite() && e.InnerException is not TimeoutException)
        {
            database.Reset();
        }
        catch (NpgsqlException e)
        {
            throw new StoreUnavailableException($"{database.Name} cannot be read: {e.Cause()}.", e);
        }
        return await ReadAsync(read, again: false, ct).ConfigureAwait(false);
    }
}
