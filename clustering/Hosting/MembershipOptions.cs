using System.ComponentModel.DataAnnotations;

namespace FleetMonitor.Clustering;

/// <summary>How the place that keeps the membership table is spoken to.</summary>
public abstract class MembershipOptions
{
    /// <summary>After which one call counts as lost. 100 ms to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long conflicts and passing failures are retried before Orleans is told. 1 s to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a client reads the list of gateways anew. 1 s to 1 h.</summary>
    /// <remarks>How often a silo reads its table is Orleans' <c>ClusterMembershipOptions.TableRefreshTimeout</c>.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan RefreshPeriod { get; set; } = TimeSpan.FromSeconds(30);
}
