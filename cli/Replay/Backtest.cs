using System.Diagnostics;
using FleetMonitor.Cli.Exact;
using FleetMonitor.Core;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>Plays chunks through the production monitor, by the same log entries that a server writes, and computes the exact statistics beside it.</summary>
/// <remarks>
/// Chunk i is played into minute i of a synthetic clock, whose only window is a minute: the panes close at the chunks' borders, and what the monitor says of a
/// chunk is what it would say of that window live. Accuracy alone is judged by the chunk's own figures: its labels are all there, while the monitor would wait for more
/// of them, and what could be estimated is known chunk by chunk, not hour by hour.
/// </remarks>
internal sealed class Backtest(ReplayPlan plan, Thresholds thresholds, int minSamples, ExactMonitor exact)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>A time in the middle of minute 0.</summary>
    private const long Start = (946_684_800 * UnixTime.Second) + (30 * UnixTime.Second);

    /// <summary>Rows of a chunk that each have a time of their own in what is left of the minute.</summary>
    private const int MostTimes = 29_000_000;

    private readonly ModelMonitor _monitor = new(plan.Model);
    private readonly List<ReplayChange> _changes = [];
    private int _chunks;
    private long _rows;

    /// <summary>Where the change detectors found one, in order of the file.</summary>
    public IReadOnlyList<ReplayChange> Changes => [.. _changes.OrderBy(c => c.Index)];

    /// <param name="chunkRows">Rows of the largest chunk, as far as it is known.</param>
    /// <param name="rowsBefore">Accepted rows of the file before the first chunk.</param>
    public void Open(PredictionBatch? reference, int chunkRows, long rowsBefore)
    {
        var spec = plan.Spec with
        {
            Windows = [Window],
            HeadlineWindow = Window,
            MinSamples = minSamples,
            Thresholds = thresholds,
            LabelHorizon = Window,
            LabelCapacity = Math.Clamp(chunkRows, 100_000, 50_000_000),
            Reference = new ReferenceSpec { Capture = 0 },
            Multivariate = true,
        };
        Apply(LogEntryKind.Spec, SpecJson.Write(spec));
        if (reference is not null) Apply(LogEntryKind.Reference, reference.Buffer);
        _rows = rowsBefore;
        // Rows are a microsecond apart from the chunk's time on, so a value's time tells its row.
        _monitor.OnChange((detector, time) => _changes.Add(new ReplayChange(detector.Detector, detector.On, _rows + UnixTime.From(time) - Now)));
    }

    private long Now => Start + (_chunks * UnixTime.Minute);

    public ChunkReport Play(Chunk chunk)
    {
        var played = 0;
        foreach (var (batch, kept) in chunk.Rows)
        {
            var rows = (kept is null ? batch : batch.Select(kept)).At(Now + Math.Min(played, MostTimes), 1);
            played += rows.Count;
            var result = Apply(LogEntryKind.Predictions, rows.Buffer);
            if (result.Accepted != rows.Count)
            {
                throw new UnreachableException($"The monitor took {result.Accepted} of {rows.Count} screened rows: {string.Join("; ", result.Errors)}.");
            }
            if (Labels(rows) is { } labels) Apply(LogEntryKind.Labels, labels.Buffer);
            exact.Add(rows);
        }
        var monitored = _monitor.Score(Window, Now);
        var exactly = exact.Score(thresholds.Drift, minSamples);
        var report = new ChunkReport(
            _chunks, _rows, _rows + chunk.Count - 1, chunk.Start, chunk.End, monitored.Verdict, Performance(exactly.Performance, monitored.Performance), exactly.Confidence,
            [.. exactly.Columns.Select(column => Beside(column, monitored))], [.. Alerts(monitored, exactly).Select(Text)], exactly.Estimate)
        {
            Multivariate = monitored.Multivariate,
            Segments = plan.Spec.Segments.Count == 0 ? null : _monitor.Segments(Window, Now).Slices,
        };
        _chunks++;
        _rows += chunk.Count;
        return report;
    }

    /// <summary>Exact metrics and quantiles from every row; the verdict on residuals as the monitor gives it.</summary>
    private static PerformanceScore Performance(PerformanceScore exactly, PerformanceScore monitored) =>
        exactly.Residuals is { } errors && monitored.Residuals is { } residuals
            ? exactly with { Residuals = residuals with { P50 = errors.P50, P90 = errors.P90, P99 = errors.P99 } }
            : exactly;

    /// <summary>The monitor's, except on accuracy.</summary>
    private IEnumerable<Alert> Alerts(WindowScore monitored, ExactScore exactly)
    {
        static bool Precedes(Alert alert) => alert.Kind is "drift" or "missing" or "multivariate";
        foreach (var alert in monitored.Alerts.Where(Precedes)) yield return alert;
        var performance = exactly.Performance;
        if (performance.Classification?.Accuracy is { } accuracy && Alert.OfAccuracy(accuracy, performance.Labelled, thresholds) is { } low) yield return low;
        if (exactly.Estimate is { Believed: { } expected, Count: var count } && Alert.OfEstimatedAccuracy(expected, count, thresholds) is { } lowEstimate) yield return lowEstimate;
        foreach (var alert in monitored.Alerts.Where(a => !Precedes(a) && a.Kind is not ("accuracy" or "estimated_accuracy"))) yield return alert;
    }

    private ApplyResult Apply(LogEntryKind kind, ReadOnlyMemory<byte> body) => _monitor.Apply(new LogEntry(kind, Now, null, 0, body));

    private ColumnReport Beside(ColumnScore exactly, WindowScore monitored)
    {
        var column = plan.ColumnOf(exactly.Role, exactly.Name);
        var match = monitored.Columns.FirstOrDefault(c => c.Role == exactly.Role && c.Name == exactly.Name);
        return new ColumnReport(column, exactly, match ?? exactly with { Verdict = Verdict.NoReference });
    }

    /// <summary>An alert about a score or the prediction names the file's column.</summary>
    private string Text(Alert alert)
    {
        if (alert.Subject is not { } subject || plan.Spec.Features!.Any(f => f.Name == subject)) return alert.ToString();
        var role = subject == "prediction" ? ColumnRole.Prediction : ColumnRole.Score;
        return (alert with { Subject = plan.ColumnOf(role, subject) }).ToString();
    }

    private static LabelBatch? Labels(PredictionBatch rows)
    {
        if (rows.Labels is not { } labels || rows.Ids is not { } ids) return null;
        var builder = new LabelBatch.Builder();
        for (var row = 0; row < rows.Count; row++)
        {
            if (labels.TextAt(row) is { } text) builder.Add(ids.Utf8(row), text);
            else if (!labels.IsMissing(row)) builder.Add(ids.Utf8(row), labels.NumberAt(row));
        }
        return builder.Count == 0 ? null : builder.Build();
    }
}
