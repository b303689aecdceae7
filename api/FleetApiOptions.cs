using System.ComponentModel.DataAnnotations;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;
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

    /// <summary>Features, classes and tags that the items of a request name together; beyond it 413. 16 to 65,536.</summary>
    [Range(16, 65_536)]
    public int MaxBatchColumns { get; set; } = 4_096;

    /// <summary>Most features of an item; an item with more is rejected, its neighbours are kept, as with all that follow. 1 to 1,000.</summary>
    [Range(1, SpecValidation.MaxFeatures)]
    public int MaxItemFeatures { get; set; } = SpecValidation.MaxFeatures;

    /// <summary>Most classes that an item gives probabilities of. 2 to 1,000.</summary>
    [Range(2, 1_000)]
    public int MaxItemClasses { get; set; } = 1_000;

    /// <summary>Most tags of an item. 0 to 64.</summary>
    [Range(0, 64)]
    public int MaxItemTags { get; set; } = 16;

    /// <summary>Longest text of a feature or tag, in bytes of UTF-8. 16 to 65,536.</summary>
    [Range(16, 65_536)]
    public int MaxTextBytes { get; set; } = 4_096;

    /// <summary>Longest id, in bytes of UTF-8. 16 to 1,024.</summary>
    [Range(16, 1_024)]
    public int MaxIdBytes { get; set; } = 256;

    /// <summary>Longest name of a feature, tag, class or version, in characters. 16 to 200.</summary>
    [Range(16, SpecValidation.MaxNameLength)]
    public int MaxNameLength { get; set; } = SpecValidation.MaxNameLength;

    /// <summary>Objects and arrays inside each other in the JSON of predictions and labels. 4 to 64.</summary>
    [Range(4, 64)]
    public int MaxJsonDepth { get; set; } = 16;

    /// <summary>Largest reference, in bytes: as it comes over the wire, and again after decompression. 1 KiB to 1 GiB. A Parquet file is held in memory whole.</summary>
    [Range(1L << 10, 1L << 30)]
    public long MaxReferenceBytes { get; set; } = 256L << 20;

    /// <summary>Most rows of a reference. 100 to 10,000,000.</summary>
    [Range(100, 10_000_000)]
    public int MaxReferenceRows { get; set; } = 1_000_000;

    /// <summary>Longest line of a reference, in bytes. 1 KiB to 16 MiB.</summary>
    [Range(1 << 10, 16 << 20)]
    public int MaxReferenceLineBytes { get; set; } = 1 << 20;

    /// <summary>What a decoder takes of a batch.</summary>
    internal DecodeLimits BatchLimits => Items(DecodeLimits.Default) with { MaxItems = MaxBatchItems, MaxColumns = MaxBatchColumns };

    /// <summary>What a decoder takes of a reference.</summary>
    internal DecodeLimits ReferenceLimits => Items(DecodeLimits.Reference) with { MaxItems = MaxReferenceRows, MaxBytes = MaxReferenceBytes, MaxRowBytes = MaxReferenceLineBytes };

    private DecodeLimits Items(DecodeLimits limits) => limits with
    {
        MaxFeatures = MaxItemFeatures,
        MaxClasses = MaxItemClasses,
        MaxTags = MaxItemTags,
        MaxText = MaxTextBytes,
        MaxId = MaxIdBytes,
        MaxName = MaxNameLength,
        MaxDepth = MaxJsonDepth,
    };
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class FleetApiOptionsValidator : IValidateOptions<FleetApiOptions>;
