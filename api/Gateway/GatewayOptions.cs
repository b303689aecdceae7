using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Gateway;

/// <summary>A process with the API alone. Section <c>FleetMonitor:Gateway</c>.</summary>
internal sealed class GatewayOptions
{
    public const string Section = "FleetMonitor:Gateway";

    /// <summary>The gateway port of the silo on this machine, where clustering is localhost. 1 to 65535.</summary>
    [Range(1, 65_535)]
    public int LocalhostGatewayPort { get; set; } = 30_000;

    /// <summary>How long requests that are under way may take when the process is asked to end. 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(25);
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
