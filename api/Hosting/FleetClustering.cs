using FleetMonitor.Clustering;
using FleetMonitor.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace FleetMonitor.Api.Hosting;

/// <summary>Joins a silo, or a gateway's client, to the cluster that the configuration names.</summary>
public static class FleetClustering
{
    private const string ServiceId = "fleetmonitor";

    /// <summary>A message carries the largest body that the log takes, a reference in columns, and what is around it. Orleans' own bound is 100 MiB.</summary>
    private const int MaxMessageBytes = FleetStore.MaxBodyBytes + (1 << 20);

    private const string KubernetesSection = $"{FleetClusterOptions.Section}:Kubernetes";
    private const string PostgresSection = $"{FleetClusterOptions.Section}:Postgres";

    /// <summary>The options as configured, validated at the start.</summary>
    public static FleetClusterOptions AddFleetClusterOptions(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<FleetClusterOptions>().BindConfiguration(FleetClusterOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<FleetClusterOptions>, FleetClusterOptionsValidator>();
        return builder.Configuration.GetSection(FleetClusterOptions.Section).Get<FleetClusterOptions>() ?? new FleetClusterOptions();
    }

    /// <summary>Silos of the cluster meet where its kind says.</summary>
    public static ISiloBuilder UseFleetClustering(this ISiloBuilder silo, FleetClusterOptions cluster, int siloPort, int gatewayPort)
    {
        Widen(silo.Services);
        switch (cluster.Kind)
        {
            case ClusteringKind.Postgres:
                silo.UsePostgresMembership(Postgres(silo.Configuration));
                break;
            case ClusteringKind.Kubernetes:
                silo.UseKubernetesMembership(silo.Configuration.GetSection(KubernetesSection).Bind);
                break;
            default:
                return silo.UseLocalhostClustering(siloPort, gatewayPort, null, ServiceId, cluster.ClusterId);
        }
        silo.Services.Configure<ClusterOptions>(options => Name(options, cluster));
        return silo;
    }

    /// <summary>The client finds the gateways of the cluster's silos where its kind says.</summary>
    /// <param name="gatewayPort">Of the silo on this machine, for <see cref="ClusteringKind.Localhost"/>.</param>
    public static IClientBuilder UseFleetClustering(this IClientBuilder client, FleetClusterOptions cluster, int gatewayPort)
    {
        Widen(client.Services);
        switch (cluster.Kind)
        {
            case ClusteringKind.Postgres:
                client.UsePostgresMembership(Postgres(client.Configuration));
                break;
            case ClusteringKind.Kubernetes:
                client.UseKubernetesMembership(client.Configuration.GetSection(KubernetesSection).Bind);
                break;
            default:
                return client.UseLocalhostClustering(gatewayPort, ServiceId, cluster.ClusterId);
        }
        client.Services.Configure<ClusterOptions>(options => Name(options, cluster));
        return client;
    }

    /// <summary>Both ends of a connection have a bound, and a silo is also a client of the others.</summary>
    private static void Widen(IServiceCollection services) => services
        .Configure<SiloMessagingOptions>(options => options.MaxMessageBodySize = MaxMessageBytes)
        .Configure<ClientMessagingOptions>(options => options.MaxMessageBodySize = MaxMessageBytes);

    private static void Name(ClusterOptions options, FleetClusterOptions cluster) => (options.ClusterId, options.ServiceId) = (cluster.ClusterId, ServiceId);

    /// <summary>The store's database, unless the table has one of its own.</summary>
    private static Action<PostgresMembershipOptions> Postgres(IConfiguration configuration) => options =>
    {
        const string store = "FleetMonitor:Storage:Postgres";
        configuration.GetSection(PostgresSection).Bind(options);
        if (options.ConnectionString.Length > 0 || options.ConnectionStringFile.Length > 0) return;
        options.ConnectionString = configuration[$"{store}:{nameof(options.ConnectionString)}"] ?? "";
        options.ConnectionStringFile = configuration[$"{store}:{nameof(options.ConnectionStringFile)}"] ?? "";
    };
}
