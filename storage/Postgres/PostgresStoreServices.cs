using FleetMonitor.Storage;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of the store.</summary>
public static class PostgresStoreServices
{
    /// <summary>Adds <see cref="FleetStore"/> over PostgreSQL. It connects when it is first resolved, which is where a database that cannot be opened
    /// throws.</summary>
    /// <param name="services">Needs logging; takes a registered <see cref="TimeProvider"/> and <see cref="System.Diagnostics.Metrics.IMeterFactory"/>.</param>
    /// <param name="configure">Sets the options; a host adds <c>ValidateOnStart</c>.</param>
    public static IServiceCollection AddPostgresFleetStore(this IServiceCollection services, Action<PostgresStoreOptions> configure) =>
        services.AddFleetStore<PostgresStoreOptions, PostgresStoreOptionsValidator, PostgresFleetStore>(configure, PostgresFleetStore.Open);
}
