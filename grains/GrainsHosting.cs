using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FleetMonitor.Core.Scores;
using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Placement;
using FleetMonitor.Grains.Series;
using FleetMonitor.Grains.Specs;
using FleetMonitor.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Versions.Selector;

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
        services.AddSingleton<RegistrationGate>();
        services.AddSingleton<Departures>();
        // A silo that comes back opens all its models at once, and the last of them waits for the others. Orleans' half a minute would throw away what was read for it and begin anew.
        services.Configure<GrainCollectionOptions>(activations => activations.ActivationTimeout = TimeSpan.FromMinutes(5));
        services.AddSingleton<EvidenceBoard>();
        services.AddOptions<FleetEvidenceOptions>().BindConfiguration("FleetMonitor:Evidence").ValidateOnStart();
        services.AddSingleton<IValidateOptions<FleetEvidenceOptions>, FleetEvidenceOptionsValidator>();
        services.AddHostedService<EvidenceReporter>();
        services.AddOptions<SpecsOptions>().BindConfiguration(SpecsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SpecsOptions>, SpecsOptionsValidator>();
        services.AddSingleton<SpecBoard>();
        services.AddHostedService<SpecFollower>();
        services.AddPlacementDirector<RendezvousPlacement, RendezvousPlacementDirector>();
        services.AddPlacementDirector<SiloPlacement, SiloPlacementDirector>();
        services.Configure<GrainVersioningOptions>(versions => versions.DefaultVersionSelectorStrategy = nameof(LatestVersion));
        services.AddSingleton<FleetMembers>();
        services.AddSingleton<LostSilos>();
        services.AddHostedService<LostSiloWatch>();
        services.AddHostedService<FleetKeeper>();
        return services.AddModelSerialization();
    }

    /// <summary>How scores, descriptions and the fleet's list travel: as the JSON that the API shows. Silos and clients need the same.</summary>
    public static IServiceCollection AddModelSerialization(this IServiceCollection services) => services.AddSerializer(serializer => serializer.AddJsonSerializer(
        type => (type.Namespace is "FleetMonitor.Core.Scores" or "FleetMonitor.Core.Monitoring" && !type.IsEnum) || type == typeof(ModelPage) || type == typeof(ModelQuery) || type == typeof(SpecsReport),
        new JsonSerializerOptions(ScoreJson.Options) { TypeInfoResolver = JsonTypeInfoResolver.Combine(ScoreJson.Options.TypeInfoResolver, new DefaultJsonTypeInfoResolver()) }));
}
