namespace FleetMonitor.Core.Formats;

/// <summary>What a decoder takes at most from a client, so that no request costs more memory than these allow.</summary>
/// <remarks>
/// An item beyond the limit of an item (names, texts, features, tags, classes) is rejected, its neighbours are kept; a request beyond the limit of a request
/// (<see cref="MaxItems"/>, <see cref="MaxColumns"/>, <see cref="MaxCells"/>, <see cref="MaxBytes"/>) is refused whole with a <see cref="LimitException"/>.
/// </remarks>
public sealed record DecodeLimits
{
    /// <summary>For batches of predictions and labels.</summary>
    public static readonly DecodeLimits Default = new();

    /// <summary>For references: a million rows.</summary>
    public static readonly DecodeLimits Reference = new() { MaxItems = 1_000_000, MaxCells = 50_000_000, MaxBytes = 1L << 30 };

    /// <summary>Items of a request, rejected ones included.</summary>
    public int MaxItems { get; init; } = 10_000;

    /// <summary>Features, classes and tags that the items of a request name together.</summary>
    public int MaxColumns { get; init; } = 4_096;

    /// <summary>Rows times those columns. At most 8 bytes each in the batch.</summary>
    public long MaxCells { get; init; } = 20_000_000;

    /// <summary>Bytes read from a stream, after decompression. No limit by default: a span has its length, a backtest reads to its file's end.</summary>
    public long MaxBytes { get; init; } = long.MaxValue;

    /// <summary>Bytes of one row of CSV or one line of NDJSON read from a stream.</summary>
    public int MaxRowBytes { get; init; } = 1 << 20;

    /// <summary>Objects and arrays inside each other in a JSON document.</summary>
    public int MaxDepth { get; init; } = 16;

    /// <summary>Features of an item; feature columns of a CSV.</summary>
    public int MaxFeatures { get; init; } = 1_000;

    /// <summary>Tags of an item.</summary>
    public int MaxTags { get; init; } = 16;

    /// <summary>Classes that an item gives probabilities of.</summary>
    public int MaxClasses { get; init; } = 1_000;

    /// <summary>Bytes of UTF-8 of a feature's or tag's text.</summary>
    public int MaxText { get; init; } = 4_096;

    /// <summary>Characters (UTF-16 units, as specs count them) of a feature's, tag's, class's or version's name.</summary>
    public int MaxName { get; init; } = 200;

    /// <summary>Bytes of UTF-8 of an id.</summary>
    public int MaxId { get; init; } = 256;

    /// <summary>Errors that are described; the rest are only counted.</summary>
    public int MaxErrors { get; init; } = 100;
}
