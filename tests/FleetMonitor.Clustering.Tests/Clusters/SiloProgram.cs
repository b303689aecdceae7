using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace FleetMonitor.Clustering.Tests.Clusters;

/// <summary>A silo in a process of its own, so that it can be killed: <c>postgres CONNECTION | kubernetes URL</c>, and its two ports.</summary>
internal static class SiloProgram
{
    public const string Cluster = "processes";

    public static async Task Main(string[] args)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.UseOrleans(silo =>
        {
            if (args[0] == "postgres") silo.UsePostgresMembership(options => options.ConnectionString = args[1]);
            else silo.UseKubernetesMembership(options => Configure(options, args[1]));
            silo.ConfigureEndpoints(IPAddress.Loopback, Port(args[2]), Port(args[3]));
            silo.Services.Configure<ClusterOptions>(Configure);
            silo.Services.Configure<ClusterMembershipOptions>(options => options.TableRefreshTimeout = TimeSpan.FromSeconds(2));
        });
        await builder.Build().RunAsync();
    }

    public static void Configure(ClusterOptions options)
    {
        options.ClusterId = Cluster;
        options.ServiceId = Cluster;
    }

    public static void Configure(KubernetesMembershipOptions options, string url)
    {
        options.ApiServer = new Uri(url);
        options.Namespace = ConfigMaps.Namespace;
        options.ConfigMap = ConfigMaps.Name;
    }

    private static int Port(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
