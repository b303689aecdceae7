using System.Diagnostics.Metrics;
using FleetMonitor.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of the store.</summary>
public static class SqliteStoreServices
{
    /// <summary>Adds <see cref="FleetStore"/> over SQLite. It opens when it is first resolved, which is where a file that cannot be opened throws.</summary>
    /// <param name="services">Needs logging; takes a registered <see cref="TimeProvider"/> and <see cref="IMeterFactory"/>.</param>
    /// <param name="configure">Sets the options; a host adds <c>ValidateOnStart</c>.</param>
    public static IServiceCollection AddSqliteFleetStore(this IServiceCollection services, Action<SqliteStoreOptions> configure)
    {
        services.AddOptions<SqliteStoreOptions>().Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SqliteStoreOptions>, SqliteStoreOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<FleetStore>(provider => SqliteFleetStore.Open(
            provider.GetRequiredService<IOptions<SqliteStoreOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SqliteFleetStore>>(),
            provider.GetService<IMeterFactory>()));
        return services;
    }
}
