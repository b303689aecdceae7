using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Cli.Replay;

/// <summary>What a replay found.</summary>
internal sealed record ReplayReport
{
    public required string Model { get; init; }

    public required TaskKind Task { get; init; }

    /// <summary>The positive class of a binary model.</summary>
    public string? Positive { get; init; }

    public required ReferenceReport Reference { get; init; }

    public required Thresholds Thresholds { get; init; }

    /// <summary>The reference is a file of its own, not the file's first rows.</summary>
    public bool ReferenceIsFile { get; init; }

    /// <summary>The accuracy threshold follows from the reference, not from an option.</summary>
    public bool AccuracyDerived { get; init; }

    /// <summary>So does the confidence threshold.</summary>
    public bool ConfidenceDerived { get; init; }

    public required int MinSamples { get; init; }

    /// <summary>Where the accuracy leaves what it was in the reference's chunks; null without labels or probabilities.</summary>
    public PerformanceThreshold? AccuracyRange { get; init; }

    /// <summary>Rows of the file that were left out.</summary>
    public required long Rejected { get; init; }

    /// <summary>The first rows that were left out, of the reference and of the file, in words.</summary>
    public required IReadOnlyList<string> Examples { get; init; }

    public required IReadOnlyList<ChunkReport> Chunks { get; init; }

    /// <summary>What the change detectors found; null for a server's figures.</summary>
    public IReadOnlyList<ReplayChange>? Changes { get; init; }

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
/// <param name="Labelled">Rows taken that have a label.</param>
/// <param name="Accuracy">Null when it is not labelled, or a regression's.</param>
/// <param name="Confidence">Mean confidence; null without.</param>
/// <param name="Mae">A regression's mean absolute error; null when it is not labelled.</param>
/// <param name="Rmse">A regression's root mean squared error.</param>
internal sealed record ReferenceReport(long Rows, long Rejected, long Labelled, double? Accuracy, double? Confidence, double? Mae, double? Rmse)
{
    /// <summary>Within so many standard errors the mean absolute error differs by chance.</summary>
    private const double Errors = 3;

    /// <summary>A smaller part of the mean absolute error is no large difference.</summary>
    private const double Large = 0.1;

    /// <summary>Where the mean absolute error of <paramref name="labelled"/> rows leaves the reference's beyond chance and by a tenth; null without labels.</summary>
    /// <remarks>The variance of an absolute error is RMSE² − MAE².</remarks>
    public (double Lower, double Upper)? ErrorRange(long labelled)
    {
        if (Mae is not { } mae || Rmse is not { } rmse || labelled == 0) return null;
        var deviation = Math.Sqrt(Math.Max(0, (rmse * rmse) - (mae * mae)) * ((1.0 / labelled) + (1.0 / Labelled)));
        var margin = Math.Max(Errors * deviation, Large * mae);
        return (Math.Max(0, mae - margin), mae + margin);
    }
}

/// <summary>One chunk.</summary>
/// <param name="Start">Its first row, from 0, among the accepted rows in the chunks' order: the file's, or the windows'.</param>
/// <param name="End">Its last row, inclusive.</param>
/// <param name="StartTime">Start of its window, or its earliest time; Unix microseconds.</param>
/// <param name="EndTime">End of its window (exclusive), or its latest time.</param>
/// <param name="Verdict">The monitor's, over all features.</param>
/// <param name="Performance">Without metrics while fewer rows are labelled than are judged.</param>
/// <param name="Confidence">Null with fewer rows than are judged.</param>
/// <param name="Alerts">The monitor's; on accuracy by the chunk's own labels and estimate.</param>
/// <param name="Estimate">What could be known of the performance without the chunk's own labels; null for a model without probabilities.</param>
internal sealed record ChunkReport(
    int Index, long Start, long End, long? StartTime, long? EndTime, Verdict Verdict, PerformanceScore Performance, ConfidenceSummary? Confidence,
    IReadOnlyList<ColumnReport> Columns, IReadOnlyList<string> Alerts, EstimateReport? Estimate = null)
{
    /// <summary>Drift of the features as a whole, the monitor's; null without a reference to fit to.</summary>
    public ReconstructionScore? Multivariate { get; init; }

    /// <summary>Its slices, the worst first, the monitor's; null where none were asked for.</summary>
    public IReadOnlyList<SliceScore>? Segments { get; init; }

    public long Count => End - Start + 1;

    public IEnumerable<ColumnReport> Features => Columns.Where(c => c.Monitored.Role == ColumnRole.Feature);
}

/// <summary>A chunk's performance as estimated from its scores alone, once the labels of the chunks before it are in. A score that cannot exist is null.</summary>
/// <param name="Accuracy">By the reference's calibration, as <paramref name="F1"/> and <paramref name="Auroc"/>.</param>
/// <param name="AccuracyLower">Three standard errors below.</param>
/// <param name="AccuracyUpper">Three standard errors above.</param>
/// <param name="RecalibratedAccuracy">By the current calibration, which the labels so far have corrected.</param>
/// <param name="Trusted">False while labels contradict the reference's calibration; null without an estimate.</param>
/// <param name="Count">Rows with a score.</param>
internal sealed record EstimateReport(
    double? Accuracy, double? AccuracyLower, double? AccuracyUpper, double? F1, double? Auroc, double? RecalibratedAccuracy, bool? Trusted, long Count)
{
    public static readonly EstimateReport None = new(null, null, null, null, null, null, null, 0);

    /// <summary>An untrusted estimate decides nothing: then the one does that the labels have corrected.</summary>
    public double? Believed => Trusted == true ? Accuracy : RecalibratedAccuracy ?? Accuracy;
}

/// <summary>A column of a chunk under its name in the file.</summary>
/// <param name="Exact">Statistics over the chunk's rows; null for a server's figures.</param>
/// <param name="Monitored">What the monitor says: the verdict that counts.</param>
internal sealed record ColumnReport(string Column, ColumnScore? Exact, ColumnScore Monitored)
{
    /// <summary>The statistics to show: the exact ones where there are some.</summary>
    public ColumnScore Shown => Exact ?? Monitored;
}

/// <summary>A change that a detector found.</summary>
/// <param name="Index">The row whose value it was found at, among the file's accepted rows, from 0.</param>
internal sealed record ReplayChange(DetectorKind Detector, string On, long Index);

/// <summary>A chunk's column that the exact statistics and the monitor's binned ones judge differently.</summary>
internal sealed record Difference(int Chunk, string Feature, bool Exact, bool Monitor);
