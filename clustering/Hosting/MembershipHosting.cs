using System.Security.Cryptography;
using FleetMonitor.Clustering.Stores;
using FleetMonitor.Clustering.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace FleetMonitor.Clustering;

/// <summary>Lets silos, and Orleans' clients, find each other through a membership document of the cluster that <see cref="ClusterOptions"/> names.</summary>
public static class MembershipHosting
{
    /// <summary>Silos meet in a row of PostgreSQL.</summary>
    public static ISiloBuilder UsePostgresMembership(this ISiloBuilder silo, Action<PostgresMembershipOptions>? configure = null)
    {
        silo.Services.AddPostgres(configure).AddTable();
        return silo;
    }

    /// <summary>The client finds the silos' gateways in the row of PostgreSQL where these meet.</summary>
    public static IClientBuilder UsePostgresMembership(this IClientBuilder client, Action<PostgresMembershipOptions>? configure = null)
    {
        client.Services.AddPostgres(configure).AddGateways<PostgresMembershipOptions>();
        return client;
    }

    /// <summary>Silos meet in a ConfigMap of their namespace.</summary>
    public static ISiloBuilder UseKubernetesMembership(this ISiloBuilder silo, Action<KubernetesMembershipOptions>? configure = null)
    {
        silo.Services.AddKubernetes(configure).AddTable();
        return silo;
    }

    /// <summary>The client finds the silos' gateways in the ConfigMap where these meet; it only reads.</summary>
    public static IClientBuilder UseKubernetesMembership(this IClientBuilder client, Action<KubernetesMembershipOptions>? configure = null)
    {
        client.Services.AddKubernetes(configure).AddGateways<KubernetesMembershipOptions>();
        return client;
    }

    private static IServiceCollection AddPostgres(this IServiceCollection services, Action<PostgresMembershipOptions>? configure)
    {
        services.AddSingleton<IValidateOptions<PostgresMembershipOptions>, PostgresMembershipOptionsValidator>();
        services.AddSingleton<IValidateOptions<PostgresMembershipOptions>, PostgresConnectionStringValidator>();
        return services.AddStore<PostgresMembershipOptions>(configure, (options, cluster) => new PostgresDocumentStore(options.Read, cluster));
    }

    private static IServiceCollection AddKubernetes(this IServiceCollection services, Action<KubernetesMembershipOptions>? configure)
    {
        services.AddSingleton<IValidateOptions<KubernetesMembershipOptions>, KubernetesMembershipOptionsValidator>();
        services.AddSingleton<IValidateOptions<KubernetesMembershipOptions>, KubernetesServerValidator>();
        return services.AddStore<KubernetesMembershipOptions>(configure, (options, _) => KubernetesServer.Open(options));
    }

    private static IServiceCollection AddStore<T>(this IServiceCollection services, Action<T>? configure, Func<T, string, MembershipDocumentStore> open)
        where T : MembershipOptions
    {
        services.AddOptions<T>().Configure(configure ?? (_ => { })).ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => open(provider.GetRequiredService<IOptions<T>>().Value, provider.Cluster()));
        services.TryAddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<T>>().Value;
            // Silos that were refused at the same moment must not come back at the same moment.
            var random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
            var policy = new CallPolicy(options.CallTimeout, options.RetryFor, provider.GetRequiredService<TimeProvider>(), random);
            return new MembershipDocuments(provider.GetRequiredService<MembershipDocumentStore>(), provider.Cluster(), policy);
        });
        return services;
    }

    private static void AddTable(this IServiceCollection services) =>
        services.AddSingleton<IMembershipTable>(provider =>
            new DocumentMembershipTable(provider.GetRequiredService<MembershipDocuments>(), provider.Cluster()));

    private static void AddGateways<T>(this IServiceCollection services)
        where T : MembershipOptions
    {
        services.AddOptions<GatewayOptions>().Configure<IOptions<T>>((gateways, options) => gateways.GatewayListRefreshPeriod = options.Value.RefreshPeriod);
        services.AddSingleton<IGatewayListProvider>(provider => new DocumentGatewayList(
            provider.GetRequiredService<MembershipDocuments>(), provider.GetRequiredService<IOptions<T>>().Value.RefreshPeriod));
    }

    private static string Cluster(this IServiceProvider services) => services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId;
}
