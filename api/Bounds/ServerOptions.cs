using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Bounds;

/// <summary>What all clients together may cost, and how slow one may be. Section <c>FleetMonitor:Server</c>.</summary>
public sealed class ServerOptions
{
    public const string Section = "FleetMonitor:Server";

    /// <summary>Connections at a time; one more is closed at once. 10 to 1,000,000.</summary>
    [Range(10, 1_000_000)]
    public int MaxConnections { get; set; } = 5_000;

    /// <summary>Requests at a time, gRPC's streams among them; one more is answered 429. Health and metrics are not counted. 10 to 1,000,000.</summary>
    [Range(10, 1_000_000)]
    public int MaxRequests { get; set; } = 2_000;

    /// <summary>What the bodies of all requests under way may take together, in bytes, decompressed; one that finds no room is answered 429. 1 MiB to 1
    /// TiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MaxMemoryBytes { get; set; } = 512L << 20;

    /// <summary>References that are taken at a time; one more is answered 429. 1 to 100.</summary>
    [Range(1, 100)]
    public int MaxReferences { get; set; } = 2;

    /// <summary>Pages of metrics that are made and read at a time; one more waits up to 5 s, and is answered 429. 1 to 100.</summary>
    [Range(1, 100)]
    public int MaxScrapes { get; set; } = 4;

    /// <summary>Longest request line, in bytes: method, path and query. Beyond it: 414. 256 to 65,536.</summary>
    [Range(256, 65_536)]
    public int MaxUrlBytes { get; set; } = 8_192;

    /// <summary>Headers of a request together, in bytes. Beyond it: 431. 1 KiB to 1 MiB.</summary>
    [Range(1_024, 1 << 20)]
    public int MaxHeaderBytes { get; set; } = 32_768;

    /// <summary>Headers of a request. Beyond it: 431. 10 to 1,000.</summary>
    [Range(10, 1_000)]
    public int MaxHeaders { get; set; } = 100;

    /// <summary>Requests that one HTTP/2 connection may have under way; more wait at their client. 1 to 1,000.</summary>
    [Range(1, 1_000)]
    public int MaxStreams { get; set; } = 100;

    /// <summary>How long a request's headers may take, from their first byte. Beyond it: 408. 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection may be idle between two requests. 1 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>Slowest pace of a body, and of an answer that is read, in bytes a second; a slower client is cut off. 1 to 1 MiB.</summary>
    [Range(1, 1 << 20)]
    public int MinBytesPerSecond { get; set; } = 240;

    /// <summary>How long a body may be slower at its beginning. 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan PaceGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a page of metrics may take to be read; a slower client is cut off. 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan ScrapeTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a body, or a message of gRPC that has begun, may be slower later on, or stall. Beyond it: 408. 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class ServerOptionsValidator : IValidateOptions<ServerOptions>;
