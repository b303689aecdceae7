using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Silo;

/// <summary>How a silo meets the others.</summary>
internal sealed class SiloOptions
{
    /// <summary>TCP port for other silos. 1 to 65535.</summary>
    [Range(1, 65_535)]
    public int SiloPort { get; set; } = 11_111;

    /// <summary>TCP port for Orleans clients. 1 to 65535.</summary>
    [Range(1, 65_535)]
    public int GatewayPort { get; set; } = 30_000;
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class SiloOptionsValidator : IValidateOptions<SiloOptions>;
