using FleetMonitor.Storage;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of the store.</summary>
public static class SqliteStoreServices
{
    /// <summary>Adds <see cref="FleetStore"/> over SQLite. It opens when it is first resolved, which is where a file that cannot be opened throws.</summary>
    /// <param name="services">Needs logging; takes a registered <see cref="TimeProvider"/> and <see cref="System.Diagnostics.Metrics.IMeterFactory"/>.</param>
    /// <param name="configure">Sets the options; a host adds <c>ValidateOnStart</c>.</param>
    public static IServiceCollection AddSqliteFleetStore(this IServiceCollection services, Action<SqliteStoreOptions> configure) =>
        services.AddFleetStore<SqliteStoreOptions, SqliteStoreOptionsValidator, SqliteFleetStore>(configure, SqliteFleetStore.Open);
}
