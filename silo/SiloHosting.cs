using System.Net;
using FleetMonitor.Api.Access;
using FleetMonitor.Api.Hosting;
using FleetMonitor.Grains;
using FleetMonitor.Grains.Specs;
using FleetMonitor.Storage;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace FleetMonitor.Silo;

internal static class SiloHosting
{
    /// <summary>One silo, with its models' log in a SQLite file or in PostgreSQL, in the cluster that the configuration names.</summary>
    public static WebApplicationBuilder AddFleetSilo(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey])) builder.WebHost.UseUrls(ListeningPorts.DefaultUrl);
        var silo = builder.Configuration.GetSection(SiloOptions.Section).Get<SiloOptions>() ?? new SiloOptions();
        builder.Services.AddOptions<SiloOptions>().BindConfiguration(SiloOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SiloOptions>, SiloOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<SiloOptions>, AdvertisedAddressValidator>();
        // A switch for what is asked for most: --specs DIR.
        if (builder.Configuration["specs"] is { Length: > 0 } specs) builder.Configuration[$"{SpecsOptions.Section}:{nameof(SpecsOptions.Directory)}"] = specs;
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = silo.DrainTimeout);
        builder.Services.AddFleetStore(builder.Configuration.GetSection(StorageOptions.Section));
        builder.Services.AddModelGrains();
        var cluster = builder.AddFleetClusterOptions();
        builder.UseOrleans(orleans =>
        {
            orleans.UseFleetClustering(cluster, silo.SiloPort, silo.GatewayPort);
            if (cluster.Kind != ClusteringKind.Localhost) orleans.Configure<EndpointOptions>(endpoint => Listen(endpoint, silo, silo.Address(builder.Configuration)));
            orleans.Configure<ClusterMembershipOptions>(membership => Watch(membership, silo));
#pragma warning disable ORLEANSEXP003 // Marked experimental. Without it the loss of a silo would end models on the others, whose entries it kept.
            orleans.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
            if (HasDashboard(builder.Environment, silo)) orleans.AddDashboard();
        });
        return builder;
    }

    /// <summary>Finds what would keep a silo from working before anything of it has started: Orleans' ports, the database.</summary>
    public static void RequireSiloStartable(this WebApplication app)
    {
        var silo = app.Services.GetRequiredService<IOptions<SiloOptions>>().Value;
        const string silos = "FleetMonitor:Silo:SiloPort", clients = "FleetMonitor:Silo:GatewayPort";
        ListeningPorts.Require(IPAddress.Loopback, silo.SiloPort, $"for Orleans ({silos})", $"choose another with --{silos}");
        ListeningPorts.Require(IPAddress.Loopback, silo.GatewayPort, $"for Orleans' clients ({clients})", $"choose another with --{clients}");
        _ = app.Services.GetRequiredService<FleetStore>();
    }

    /// <summary>Orleans' dashboard, by default in development only: it asks nobody who they are, and measures every call.</summary>
    public static WebApplication MapDashboard(this WebApplication app)
    {
        if (HasDashboard(app.Environment, app.Services.GetRequiredService<IOptions<SiloOptions>>().Value))
        {
            app.MapOrleansDashboard("/orleans").RequireDashboardAccess().ExcludeFromDescription();
        }
        return app;
    }

    private static bool HasDashboard(IHostEnvironment environment, SiloOptions silo) => silo.Dashboard ?? environment.IsDevelopment();

    /// <summary>On every address of the machine, save where the others are on it too.</summary>
    private static void Listen(EndpointOptions endpoint, SiloOptions silo, IPAddress advertised)
    {
        var listen = IPAddress.IsLoopback(advertised) ? advertised : advertised.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        (endpoint.AdvertisedIPAddress, endpoint.SiloPort, endpoint.GatewayPort) = (advertised, silo.SiloPort, silo.GatewayPort);
        (endpoint.SiloListeningEndpoint, endpoint.GatewayListeningEndpoint) = (new IPEndPoint(listen, silo.SiloPort), new IPEndPoint(listen, silo.GatewayPort));
    }

    private static void Watch(ClusterMembershipOptions membership, SiloOptions silo)
    {
        membership.ProbeTimeout = silo.ProbeTimeout;
        membership.IAmAliveTablePublishTimeout = silo.AlivePeriod;
        membership.TableRefreshTimeout = silo.AlivePeriod * 3;
    }
}
