using System.Diagnostics.Metrics;
using FleetMonitor.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of the store.</summary>
public static class PostgresStoreServices
{
    /// <summary>Adds <see cref="FleetStore"/> over PostgreSQL. It connects when it is first resolved, which is where a database that cannot be opened
    /// throws.</summary>
    /// <param name="services">Needs logging; takes a registered <see cref="TimeProvider"/> and <see cref="IMeterFactory"/>.</param>
    /// <param name="configure">Sets the options; a host adds <c>ValidateOnStart</c>.</param>
    public static IServiceCollection AddPostgresFleetStore(this IServiceCollection services, Action<PostgresStoreOptions> configure)
    {
        services.AddOptions<PostgresStoreOptions>().Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgresStoreOptions>, PostgresStoreOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<FleetStore>(provider => PostgresFleetStore.Open(
            provider.GetRequiredService<IOptions<PostgresStoreOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PostgresFleetStore>>(),
            provider.GetService<IMeterFactory>()));
        return services;
    }
}
