using System.Globalization;
using System.Text;

namespace FleetMonitor.Storage;

/// <summary>One process a database: an operating system's lock on <c>PATH.lock</c>, which ends with its process, however that ends.</summary>
/// <remarks>SQLite alone would let two silos share the file, each fencing the other's models for ever. The file stays behind, since deleting it would race, and
/// holds the process id of its last owner for whoever looks for it.</remarks>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    /// <exception cref="StoreOpenException">Held by another store, or the file cannot be created.</exception>
    public static StoreLock Take(string databasePath)
    {
        var path = databasePath + ".lock";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            file.Flush();
            return new StoreLock(file);
        }
        catch (IOException e) when (IsHeld(e))
        {
            throw new StoreOpenException(
                $"The database '{databasePath}' is in use, by the process whose id is in '{path}'. One process can have it open: give each silo its own.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreOpenException($"The database '{databasePath}' cannot be opened: {e.Message}", e);
        }
    }

    public void Dispose() => _file.Dispose();

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows; .NET has no exception type of its own for them.
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);
}
