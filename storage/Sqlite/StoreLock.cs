namespace FleetMonitor.Storage;

/// <summary>One process a database: an operating system's lock on <c>PATH.lock</c>, which ends with its process, however that ends.</summary>
/// <remarks>SQLite alone would let two silos share the file, each fencing the other's models for ever. The file stays behind (deleting it would race) and holds
/// the process id of its last owner, for the message only.</remarks>
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
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            file.Flush();
            return new StoreLock(file);
        }
        catch (IOException e) when (IsHeld(e))
        {
            throw new StoreOpenException($"The database '{databasePath}' is in use{Owner(path)}. One process can have it open; give each silo its own path.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreOpenException($"The database '{databasePath}' cannot be opened: {e.Message}", e);
        }
    }

    public void Dispose() => _file.Dispose();

    // A directory missing, a name too long, a full disk: those have other types or codes than "somebody else has it".
    private static bool IsHeld(IOException e) => e.GetType() == typeof(IOException) && e.Message.Contains("being used by another process", StringComparison.Ordinal);

    private static string Owner(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd() is { Length: > 0 } id ? $" by process {id}" : "";
        }
        catch (IOException)
        {
            return ""; // Windows keeps readers out too.
        }
    }
}
