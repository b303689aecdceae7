using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Silo;

/// <summary>How a silo meets the others. Section <c>FleetMonitor:Silo</c>.</summary>
internal sealed class SiloOptions
{
    public const string Section = "FleetMonitor:Silo";

    /// <summary>TCP port for other silos. 1 to 65535.</summary>
    [Range(1, 65_535)]
    public int SiloPort { get; set; } = 11_111;

    /// <summary>TCP port for Orleans clients: gateways. 1 to 65535.</summary>
    [Range(1, 65_535)]
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>The address, IPv4 or IPv6, at which the others reach this silo. Null: <c>POD_IP</c> where Kubernetes gives it, otherwise this machine's loopback.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>How long an answer to a probe of another silo may take; after three in a row without one two silos may declare it dead. 200 ms to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:01:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a silo signs the membership table. One that has not for three times as long counts as dead for those that join: with all silos lost at once, this is what lets new
    /// ones begin. 1 s to 5 min; with more than 50 silos a minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan AlivePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long requests that are under way and models that move may take when the process is asked to end: less than the pod's grace period. 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Whether <c>/orleans</c> is there: outside development for callers with the scope <c>admin</c> only. Null: in development.</summary>
    public bool? Dashboard { get; set; }

    /// <summary>Where others reach this silo.</summary>
    public IPAddress Address(IConfiguration environment) =>
        IPAddress.TryParse(AdvertisedAddress ?? environment["POD_IP"], out var address) ? address : IPAddress.Loopback;
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class SiloOptionsValidator : IValidateOptions<SiloOptions>;

/// <summary>An address that is none would silently become loopback.</summary>
internal sealed class AdvertisedAddressValidator : IValidateOptions<SiloOptions>
{
    public ValidateOptionsResult Validate(string? name, SiloOptions options) =>
        options.AdvertisedAddress is not { } given || IPAddress.TryParse(given, out _)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{SiloOptions.Section}:{nameof(SiloOptions.AdvertisedAddress)}: expected an IP address, got \"{given}\".");
}
