using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Storage;

/// <summary>How any store is registered: its options with their validator, and the store itself, which opens when it is first resolved.</summary>
internal static class FleetStoreServices
{
    public static IServiceCollection AddFleetStore<TOptions, TValidator, TStore>(
        this IServiceCollection services, Action<TOptions> configure, Func<TOptions, TimeProvider, ILogger<TStore>, IMeterFactory?, TStore> open)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
        where TStore : FleetStore
    {
        services.AddOptions<TOptions>().Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, TValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<FleetStore>(provider => open(
            provider.GetRequiredService<IOptions<TOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<TStore>>(),
            provider.GetService<IMeterFactory>()));
        return services;
    }
}
