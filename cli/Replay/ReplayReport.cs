using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Cli.Replay;

/// <summary>What a replay found.</summary>
internal sealed record ReplayReport
{
    public required string Model { get; init; }

    public required TaskKind Task { get; init; }

    public required ReferenceReport Reference { get; init; }

    public required Thresholds Thresholds { get; init; }

    /// <summary>The reference is a file of its own, not the file's first rows.</summary>
    public bool ReferenceIsFile { get; init; }

    /// <summary>The accuracy threshold follows from the reference, not from an option.</summary>
    public bool AccuracyDerived { get; init; }

    /// <summary>So does the confidence threshold.</summary>
    public bool ConfidenceDerived { get; init; }

    public required int MinSamples { get; init; }

    /// <summary>Rows of the file that were left out.</summary>
    public required long Rejected { get; init; }

    /// <summary>The first rows that were left out, of the reference and of the file, in words.</summary>
    public required IReadOnlyList<string> Examples { get; init; }

    public required IReadOnlyList<ChunkReport> Chunks { get; init; }

    /// <summary>Rows of the file, rejected ones and a reference's included, a second; null for a server's figures.</summary>
    public double? RowsPerSecond { get; init; }

    public TimeSpan Elapsed { get; init; }

    /// <summary>What was decided without being told.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public IEnumerable<Difference> Differences =>
        Chunks.SelectMany(chunk => chunk.Columns.Where(c => c.Exact is not null && c.Exact.Drifted != c.Monitored.Drifted)
            .Select(c => new Difference(chunk.Index, c.Column, c.Exact!.Drifted, c.Monitored.Drifted)));
}

/// <summary>The reference, and how the model did on it.</summary>
/// <param name="Rows">Rows taken.</param>
/// <param name="Rejected">Rows of a reference file that were left out.</param>
/// <param name="Accuracy">Null when it is not labelled, or a regression's.</param>
/// <param name="Confidence">Mean confidence; null without.</param>
internal sealed record ReferenceReport(long Rows, long Rejected, double? Accuracy, double? Confidence);

/// <summary>One chunk.</summary>
/// <param name="Start">Its first row among the file's accepted rows, from 0.</param>
/// <param name="End">Its last row, inclusive.</param>
/// <param name="StartTime">Start of its window, or its earliest time; Unix microseconds.</param>
/// <param name="EndTime">End of its window (exclusive), or its latest time.</param>
/// <param name="Verdict">The monitor's, over all features.</param>
/// <param name="Alerts">The monitor's.</param>
internal sealed record ChunkReport(
    int Index, long Start, long End, long? StartTime, long? EndTime, Verdict Verdict, PerformanceScore Performance, ConfidenceSummary? Confidence,
    IReadOnlyList<ColumnReport> Columns, IReadOnlyList<string> Alerts)
{
    public long Count => End - Start + 1;

    public IEnumerable<ColumnReport> Features => Columns.Where(c => c.Monitored.Role == ColumnRole.Feature);
}

/// <summary>A column of a chunk under its name in the file.</summary>
/// <param name="Exact">Statistics over the chunk's rows; null for a server's figures.</param>
/// <param name="Monitored">What the monitor says: the verdict that counts.</param>
internal sealed record ColumnReport(string Column, ColumnScore? Exact, ColumnScore Monitored)
{
    /// <summary>The statistics to show: the exact ones where there are some.</summary>
    public ColumnScore Shown => Exact ?? Monitored;
}

/// <summary>A chunk's column that the exact statistics and the monitor's binned ones judge differently.</summary>
internal sealed record Difference(int Chunk, string Feature, bool Exact, bool Monitor);
