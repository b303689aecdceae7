using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>What a replay was asked to do.</summary>
internal sealed record ReplayOptions
{
    public const int DefaultChunk = 5_000;
    public const int DefaultReferenceRows = 5_000;

    /// <summary>Path of a CSV, plain or gzip; "-" is the standard input.</summary>
    public required string File { get; init; }

    public string? Reference { get; init; }

    /// <summary>How many first rows are the reference when none is given.</summary>
    public int ReferenceRows { get; init; } = DefaultReferenceRows;

    /// <summary>Null: named after the file.</summary>
    public string? Model { get; init; }

    /// <summary>Rows of a chunk, unless <see cref="Window"/> is given.</summary>
    public int Chunk { get; init; } = DefaultChunk;

    /// <summary>Length of a chunk in event time instead.</summary>
    public ChunkPeriod? Window { get; init; }

    public TaskKind? Task { get; init; }

    public string? Timestamp { get; init; }

    public string? Id { get; init; }

    public required string Prediction { get; init; }

    /// <summary>A column, or CLASS=COLUMN each.</summary>
    public IReadOnlyList<string> Probabilities { get; init; } = [];

    public string? Label { get; init; }

    public string? Positive { get; init; }

    public IReadOnlyList<string> Categorical { get; init; } = [];

    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Null: every column that is nothing else.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    public bool Strict { get; init; }

    /// <summary>Where the report goes; "-" is the standard output.</summary>
    public string? Json { get; init; }

    /// <summary>A running server that does the monitoring instead.</summary>
    public string? To { get; init; }

    /// <summary>Whether a model of this name on that server may be deleted first.</summary>
    public bool Replace { get; init; }

    /// <summary>STREAM=DETECTOR each; none: the spec's default.</summary>
    public IReadOnlyList<string> Detectors { get; init; } = [];

    /// <summary>Features by which the chunks are sliced.</summary>
    public IReadOnlyList<string> Segments { get; init; } = [];

    /// <summary>Null: derived from the reference.</summary>
    public double? AccuracyThreshold { get; init; }

    /// <summary>Null: derived from the reference.</summary>
    public double? ConfidenceThreshold { get; init; }

    public DriftThresholds Drift { get; init; } = new();

    public int MinSamples { get; init; } = 100;
}
