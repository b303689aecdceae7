using FleetMonitor.Storage;

namespace FleetMonitor.Silo;

/// <summary>Where the models' log is kept: section <c>FleetMonitor:Storage</c>.</summary>
internal static class FleetStorage
{
    /// <summary>By <c>Kind</c>: <c>Sqlite</c>, a file of this silo alone, or <c>Postgres</c>, a database for all silos of a cluster.</summary>
    public static void AddFleetStore(this IServiceCollection services, IConfigurationSection storage)
    {
        switch (storage.GetValue(nameof(StorageOptions.Kind), StorageKind.Sqlite))
        {
            case StorageKind.Postgres:
                services.AddPostgresFleetStore(storage.GetSection("Postgres").Bind);
                services.AddOptions<PostgresStoreOptions>().ValidateOnStart();
                break;
            default:
                services.AddSqliteFleetStore(storage.Bind);
                services.AddOptions<SqliteStoreOptions>().ValidateOnStart();
                break;
        }
    }
}

/// <summary>Where the models' log is kept. Section <c>FleetMonitor:Storage</c>, beside the options of its kinds.</summary>
internal sealed class StorageOptions
{
    public const string Section = "FleetMonitor:Storage";

    /// <summary>Sqlite, a file of this silo alone, or Postgres, a database for all silos of a cluster.</summary>
    public StorageKind Kind { get; set; } = StorageKind.Sqlite;
}

/// <summary>What keeps the models' log.</summary>
internal enum StorageKind
{
    Sqlite,
    Postgres,
}
