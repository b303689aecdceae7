using FleetMonitor.Storage;

namespace FleetMonitor.Silo;

/// <summary>Where the models' log is kept: section <c>FleetMonitor:Storage</c>.</summary>
internal static class FleetStorage
{
    public static void AddFleetStore(this IServiceCollection services, IConfigurationSection storage)
    {
        services.AddSqliteFleetStore(storage.Bind);
        services.AddOptions<SqliteStoreOptions>().ValidateOnStart();
    }
}
