using FleetMonitor.Api.Inference.Monitoring;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Repository;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Inference;

/// <summary>The models of a repository, served and monitored. Without a repository there are none, and the protocol says so.</summary>
internal static class InferenceHosting
{
    public static void AddInference(this IServiceCollection services)
    {
        services.AddOptions<ModelRepositoryOptions>().BindConfiguration(ModelRepositoryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ModelRepositoryOptions>, ModelRepositoryOptionsValidator>();
        services.AddOptions<InferenceApiOptions>().BindConfiguration(InferenceApiOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InferenceApiOptions>, InferenceApiOptionsValidator>();
        services.AddSingleton<InferenceMetrics>();
        services.AddSingleton<MonitoringMetrics>();
        services.AddSingleton<ModelRepository>();
        services.AddSingleton<InferenceMonitor>();
        services.AddHostedService(provider => provider.GetRequiredService<InferenceMonitor>());
        services.AddSingleton<Inferring>();
        services.AddHostedService<RepositoryService>();
    }

    /// <summary>Follows the repository's folder for as long as the process runs; the process starts without waiting for models.</summary>
    private sealed class RepositoryService(ModelRepository repository, IOptions<ModelRepositoryOptions> options, TimeProvider time) : BackgroundService
    {
        private readonly RepositoryWatch _watch = new(repository, options.Value, time);

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => _watch.RunAsync(stoppingToken);
    }
}
