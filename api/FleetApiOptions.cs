using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api;

/// <summary>What a request may cost. Section <c>FleetMonitor:Api</c>.</summary>
public sealed class FleetApiOptions
{
    public const string Section = "FleetMonitor:Api";

    /// <summary>Largest body of a request that is no reference, in bytes: as it comes over the wire, and again after decompression. 1 KiB to 1 GiB.</summary>
    [Range(1L << 10, 1L << 30)]
    public long MaxBodyBytes { get; set; } = 32L << 20;

    /// <summary>Most predictions or labels of one request. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxBatchItems { get; set; } = 10_000;

    /// <summary>Largest reference, in bytes: as it comes over the wire, and again after decompression. 1 KiB to 1 GiB. A Parquet file is held in memory whole.</summary>
    [Range(1L << 10, 1L << 30)]
    public long MaxReferenceBytes { get; set; } = 256L << 20;

    /// <summary>Most rows of a reference. 100 to 10,000,000.</summary>
    [Range(100, 10_000_000)]
    public int MaxReferenceRows { get; set; } = 1_000_000;
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class FleetApiOptionsValidator : IValidateOptions<FleetApiOptions>;
