using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FleetMonitor.Storage;

/// <summary>What SQLite knows of its file and the binding does not pass on.</summary>
internal static class SqliteFile
{
    private const int HasMoved = 20; // SQLITE_FCNTL_HAS_MOVED

    /// <summary>Whether the file at the path is still the one that is open: not removed, renamed or replaced. One look at the path; true where the system cannot say (Windows, where an open file stays).</summary>
    public static bool IsInPlace(SqliteConnection connection) => Control(connection.Handle!, 0, HasMoved, out var moved) != raw.SQLITE_OK || moved == 0;

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_file_control", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int Control(sqlite3 database, nint schema, int operation, out int value);
}
