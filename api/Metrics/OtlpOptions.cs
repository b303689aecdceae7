using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Metrics;

/// <summary>Where the application's own metrics and traces are sent, beside <c>/metrics</c>. Section <c>FleetMonitor:Telemetry:Otlp</c>. The models' series
/// are Prometheus' alone.</summary>
public sealed class OtlpOptions
{
    public const string Section = "FleetMonitor:Telemetry:Otlp";

    /// <summary>The collector's address, such as <c>http://collector:4317</c>. Empty: nothing is sent.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>How it is spoken to: Grpc, usually on port 4317, or Http (protobuf), usually on 4318, to whose address <c>/v1/metrics</c> and
    /// <c>/v1/traces</c> are added.</summary>
    [EnumDataType(typeof(OtlpProtocol))]
    public OtlpProtocol Protocol { get; set; } = OtlpProtocol.Grpc;

    /// <summary>Headers of every export, <c>name=value</c> with commas between, such as an authorization.</summary>
    public string Headers { get; set; } = "";

    /// <summary>How often metrics are sent. 1 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The share of requests whose trace is sent, where their caller has not decided. 0 to 1; 0 sends none.</summary>
    [Range(0.0, 1.0)]
    public double TraceRatio { get; set; } = 0.01;
}

/// <summary>How a collector is spoken to.</summary>
public enum OtlpProtocol
{
    Grpc,
    Http,
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class OtlpOptionsValidator : IValidateOptions<OtlpOptions>;

/// <summary>An address that cannot be one would be found when the first export fails, if ever.</summary>
internal sealed class OtlpEndpointValidator : IValidateOptions<OtlpOptions>
{
    public ValidateOptionsResult Validate(string? name, OtlpOptions options) =>
        options.Endpoint.Length == 0 || (Uri.TryCreate(options.Endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{OtlpOptions.Section}:{nameof(OtlpOptions.Endpoint)}: expected an address such as http://collector:4317, got \"{options.Endpoint}\".");
}
