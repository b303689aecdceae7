using FleetMonitor.Core.Scores;
using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Series;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Serialization;

namespace FleetMonitor.Grains;

public static class GrainsHosting
{
    /// <summary>What a silo needs to host models; it brings the store itself.</summary>
    public static IServiceCollection AddModelGrains(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ModelSeriesRegistry>();
        services.AddOptions<ModelGrainOptions>().BindConfiguration("FleetMonitor:Models").ValidateOnStart();
        services.AddSingleton<IValidateOptions<ModelGrainOptions>, ModelGrainOptionsValidator>();
        services.AddSingleton<EvidenceBoard>();
        services.AddOptions<FleetEvidenceOptions>().BindConfiguration("FleetMonitor:Evidence").ValidateOnStart();
        services.AddSingleton<IValidateOptions<FleetEvidenceOptions>, FleetEvidenceOptionsValidator>();
        services.AddHostedService<EvidenceReporter>();
        services.AddHostedService<FleetKeeper>();
        return services.AddModelSerialization();
    }

    /// <summary>How scores and descriptions travel: as the JSON that the API shows. Silos and clients need the same.</summary>
    public static IServiceCollection AddModelSerialization(this IServiceCollection services) => services.AddSerializer(serializer => serializer.AddJsonSerializer(
        type => type.Namespace is "FleetMonitor.Core.Scores" or "FleetMonitor.Core.Monitoring" && !type.IsEnum,
        ScoreJson.Options));
}
