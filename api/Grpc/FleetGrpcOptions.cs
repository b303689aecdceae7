using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Grpc;

/// <summary>Where gRPC is served and what a stream may hold. Section <c>FleetMonitor:Grpc</c>.</summary>
public sealed class FleetGrpcOptions
{
    public const string Section = "FleetMonitor:Grpc";

    /// <summary>This machine only, beside HTTP on 8080: without TLS one port cannot tell HTTP/2 from HTTP/1.1.</summary>
    public const string DefaultUrl = "http://localhost:8081";

    /// <summary>The address of gRPC, with a port of its own; HTTP/2 only. Empty: gRPC is not served.</summary>
    public string Url { get; set; } = DefaultUrl;

    /// <summary>Batches of one stream that are under way to their models at a time; with so many the stream is not read on, which slows its client down. 1 to 32.</summary>
    [Range(1, 32)]
    public int MaxBatchesInFlight { get; set; } = 8;
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class FleetGrpcOptionsValidator : IValidateOptions<FleetGrpcOptions>;

/// <summary>An address that can be told from those of HTTP.</summary>
internal sealed class GrpcUrlValidator : IValidateOptions<FleetGrpcOptions>
{
    public ValidateOptionsResult Validate(string? name, FleetGrpcOptions options) =>
        options.Url.Length == 0 || GrpcAddress.Port(options.Url) is not null
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{FleetGrpcOptions.Section}:Url: expected one address with a port such as {FleetGrpcOptions.DefaultUrl}, or nothing; got \"{options.Url}\".");
}

/// <summary>Reads the address that gRPC is served on.</summary>
internal static class GrpcAddress
{
    /// <summary>Its port; null where it is not one address with one.</summary>
    public static int? Port(string url)
    {
        if (url.Contains(';', StringComparison.Ordinal)) return null;
        try
        {
            var address = BindingAddress.Parse(url);
            return address is { Scheme: "http" or "https", IsUnixPipe: false, IsNamedPipe: false, Port: > 0 and <= ushort.MaxValue } ? address.Port : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
