using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Hosting;

/// <summary>How the processes of one fleet find each other. Section <c>FleetMonitor:Clustering</c>; the same for silos and gateways.</summary>
public sealed class FleetClusterOptions
{
    public const string Section = "FleetMonitor:Clustering";

    /// <summary>Where silos meet.</summary>
    public ClusteringKind Kind { get; set; } = ClusteringKind.Localhost;

    /// <summary>Silos of one id form one cluster. 1 to 63 characters.</summary>
    [Required, StringLength(63)]
    public string ClusterId { get; set; } = "fleetmonitor";
}

/// <summary>Where silos meet.</summary>
public enum ClusteringKind
{
    /// <summary>One silo on this machine, and gateways beside it.</summary>
    Localhost,

    /// <summary>A ConfigMap, see section <c>FleetMonitor:Clustering:Kubernetes</c>.</summary>
    Kubernetes,

    /// <summary>A row of PostgreSQL, see section <c>FleetMonitor:Clustering:Postgres</c>; without a connection string of its own it is the store's.</summary>
    Postgres,
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class FleetClusterOptionsValidator : IValidateOptions<FleetClusterOptions>;
