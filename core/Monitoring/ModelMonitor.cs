using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Labels;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Traffic;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

/// <summary>Everything one model's monitor knows and does: a deterministic state machine of spec, reference, panes, label join and counters.</summary>
/// <remarks>
/// State moves by <see cref="Apply"/> only, with the entry's arrival time as the only clock: the same log gives the same bytes (<see cref="Save"/>). Reading
/// (scores, history, description) never writes. Single-threaded; no I/O.
/// An event is recorded in O(features); a window is scored in O(panes × bins). About 155 kB with 20 features, default windows and one event a second, 210 kB with all of them labelled, beside the label table.
/// </remarks>
public sealed partial class ModelMonitor
{
    /// <summary>An event further in the future than this is rejected: one wrong clock must not close every pane.</summary>
    public const long MaxFuture = 5 * UnixTime.Minute;

    /// <summary>Classes a model may have.</summary>
    public const int MaxClasses = 1_000;

    private const byte FormatVersion = 3;

    private readonly List<string> _classes = [];
    private readonly Dictionary<string, int> _classIndex = new(StringComparer.Ordinal);
    private (string? Label, int Index) _positive;
    private ModelSpec _spec = new();
    private PaneStore _panes = new([]);
    private LabelTable _labels = new();
    private ProducerLedger _producers = new();
    private Reference? _reference;
    private ColumnLayout? _layout;
    private ReferenceBuilder? _capture;
    private bool _featuresGiven;
    private string? _seenVersion;
    private ModelCounters _counters;
    private IReadOnlyList<FeatureSpec>? _indexedFeatures;
    private Dictionary<string, FeatureSpec> _featureSpecs = [];

    public ModelMonitor(string name)
    {
        Name = name;
        _panes = new PaneStore(_spec.KeptWindows());
        WatchChanges();
    }

    public string Name { get; }

    /// <summary>The spec as given, with what was inferred.</summary>
    public ModelSpec Spec => _spec;

    /// <summary>The version that the model's series carry: the spec's, or the one that was seen first and not replaced since.</summary>
    public string Version => _spec.Version ?? _spec.Champion ?? _seenVersion ?? "1";

    public Reference? Reference => _reference;

    /// <summary>Whether a producer's batch was applied before. One that is too old to tell must be refused before it is logged.</summary>
    public SequenceStatus Status(string producer, ulong sequence) => _producers.Status(producer, sequence);

    /// <summary>Applies one log entry, whole. A batch of a producer that was applied before changes nothing.</summary>
    /// <remarks>An entry whose sequence fell behind while it was on its way to the log is applied: it was new when it was taken.</remarks>
    /// <exception cref="CodecException">The entry's body is not what its kind says; nothing was changed.</exception>
    public ApplyResult Apply(in LogEntry entry)
    {
        if (entry.Producer is { } producer && Status(producer, entry.Sequence) == SequenceStatus.Applied) return Repeated(entry);
        (_review, _touched, _packed) = (null, true, false);
        var result = entry.Kind switch
        {
            LogEntryKind.Predictions => ApplyPredictions(PredictionBatch.Decode(entry.Body), entry.Arrival),
            LogEntryKind.Labels => ApplyLabels(LabelBatch.Decode(entry.Body), entry.Arrival),
            LogEntryKind.Spec => ApplySpec(entry),
            LogEntryKind.Reference => ApplyReference(PredictionBatch.Decode(entry.Body), entry.Arrival),
            LogEntryKind.Rebaseline => Rebaseline(RebaselineOrder.Decode(entry.Body.Span), entry.Arrival),
            LogEntryKind.Maintenance => Maintain(MaintenanceOrder.Decode(entry.Body.Span)),
            LogEntryKind.Retire => Retire(),
            LogEntryKind.Forget => Forget(entry.Arrival),
            _ => throw new CodecException($"A log entry of kind {entry.Kind}."),
        };
        if (entry.Producer is not null) _producers.Add(entry.Producer, entry.Sequence);
        return result;
    }

    /// <summary>What the model is and has counted.</summary>
    public ModelDescription Describe(long now) => new(
        Name,
        _spec,
        State(now),
        Version,
        _reference is null ? null : _references[^1],
        Captured: _capture?.Rows ?? 0,
        _counters,
        new LabelCounts(_counters.Labels, _counters.LabelsJoined, _counters.LabelsCorrected, _labels.Orphans, _labels.OrphansExpired, _labels.Unlabelled, _labels.Unanswered, _labels.Evicted),
        _counters.LastPrediction == 0 ? null : UnixTime.ToDateTime(_counters.LastPrediction),
        _maintenanceUntil > now ? UnixTime.ToDateTime(_maintenanceUntil) : null,
        [.. _classes],
        Changes)
    {
        MaintenanceReason = _maintenanceUntil > now ? _maintenanceReason : null,
        CaptureTarget = _capture is null ? 0 : CaptureTarget,
        References = [.. _references],
        Versions = [.. _versions?.Versions.InOrder.Select(slot => _versions.Versions[slot]!.Name) ?? []],
    };

    /// <summary>Bytes that panes hold, without the label table.</summary>
    public int PaneBytes => _panes.Bytes;

    private bool IsRegression => _spec.Task == TaskKind.Regression;

    /// <summary>The index of a binary model's positive class; -1 while it has not appeared, and for other models. Asked for every row, so looked up
    /// once.</summary>
    private int PositiveIndex
    {
        get
        {
            if (_spec is not { Task: TaskKind.Binary, Positive: { } positive }) return -1;
            if (_positive.Index < 0 || !ReferenceEquals(_positive.Label, positive)) _positive = (positive, _classIndex.GetValueOrDefault(positive, -1));
            return _positive.Index;
        }
    }

    private PaneBounds Bounds => new(
        TrafficCounters.Length,
        _layout?.Counters ?? 0,
        _layout?.Moments ?? 0,
        ClassificationCounters.Length(_classes.Count),
        IsRegression ? ResidualBuckets.Count : ClassificationCounters.HistogramLength(HistogramClasses),
        ScoreCells.Count(_spec.Task),
        ScoreCells.LabelledCount(_spec.Task));

    private int HistogramClasses => _spec.Task == TaskKind.Binary ? 1 : Math.Min(_classes.Count, PredictionColumns.MaxScoredClasses);

    private string State(long now) => _retired ? "retired" : _maintenanceUntil > now ? "maintenance" : _reference is not null ? "live" : _capture is not null ? "capturing" : "waiting";

    /// <summary>The answer to a repeated batch. It is not logged, so it must leave no trace.</summary>
    private static ApplyResult Repeated(in LogEntry entry) => ApplyResult.Nothing with
    {
        Duplicates = entry.Kind switch
        {
            LogEntryKind.Predictions => PredictionBatch.Decode(entry.Body).Count,
            LogEntryKind.Labels => LabelBatch.Decode(entry.Body).Count,
            _ => 0,
        },
    };

    private ApplyResult ApplySpec(in LogEntry entry)
    {
        var parse = SpecJson.Parse(entry.Body.Span);
        if (parse.Spec is not { } given) throw new CodecException($"A logged spec that is none: {string.Join("; ", parse.Errors)}.");
        var (old, spec) = (_spec, Completed(given));
        var changes = SpecChanges.Between(old, spec, capturing: _capture is not null && _captureOrdered == 0);
        var restarted = changes.SelectMany(change => change.Restarted).ToHashSet();
        _spec = spec;
        _featuresGiven = given.Features is not null;
        _retired = false;
        if (!spec.KeptWindows().SequenceEqual(old.KeptWindows())) _panes = _panes.With(spec.KeptWindows());
        if (restarted.Contains(Restart.Performance)) RestartPerformance();
        if (restarted.Contains(Restart.Versions)) _versions?.Restart(_panes);
        if (restarted.Contains(Restart.Evidence)) RestartEvidence();
        if (restarted.Contains(Restart.Segments)) RestartSegments();
        if (restarted.Contains(Restart.Reference)) DropReference();
        if (restarted.Contains(Restart.Capture)) _capture = null;
        if (_reference is null && _capture is null) BeginCapture(entry.Arrival);
        if (spec.Champion is not null && _versions is null) CompareVersions(_seenVersion, entry.Arrival, entry.Arrival);
        WatchChanges();
        return ApplyResult.Nothing with { Changes = changes };
    }

    /// <summary>What is wrong with a spec beside what is known of the model: it may leave task and features open, and its detectors must still fit them. Features are open themselves until there is a reference.</summary>
    public IReadOnlyList<SpecError> Mistakes(ReadOnlySpan<byte> spec)
    {
        var parse = SpecJson.Parse(spec);
        if (parse.Spec is not { } given) return parse.Errors;
        return SpecValidation.Validate(Completed(given) with { Features = given.Features ?? (_reference is null && !_featuresGiven ? null : _spec.Features) });
    }

    /// <summary>A spec with what it leaves open as it was inferred, as long as that still fits.</summary>
    private ModelSpec Completed(ModelSpec given)
    {
        var task = given.Task ?? _spec.Task;
        return given with
        {
            Task = task,
            Positive = given.Positive is { } positive ? ClassLabel.Canonical(positive) : task == _spec.Task ? _spec.Positive : task == TaskKind.Binary && _classes.Count > 0 ? ClassLabel.Positive(_classes) : null,
            Features = given.Features ?? _spec.Features,
        };
    }

    private ApplyResult ApplyReference(PredictionBatch batch, long arrival)
    {
        Advance(arrival);
        Infer(batch);
        if (!_featuresGiven) _spec = SpecInference.WithFeatures(_spec, batch);
        var view = new PredictionView(batch, _spec);
        using var admission = new Admission(batch.Count);
        for (var row = 0; row < batch.Count; row++)
        {
            if (view.Check(row) is { } error) admission.Reject(row, error.Field, error.Message);
            else admission.Accept(row, null);
        }
        var builder = new ReferenceBuilder(_spec);
        builder.Add(batch, admission.AcceptedRows);
        if (admission.AcceptedRows.Length > 0)
        {
            Install(builder, ReferenceSource.Uploaded, arrival, arrival);
            SetBaseline(batch, admission.AcceptedRows);
            CalibrateByReference(batch, view, admission.AcceptedRows, arrival);
        }
        return ApplyResult.Nothing with { Accepted = admission.AcceptedRows.Length, Rejected = admission.Rejected, Errors = admission.Errors };
    }

    private void Infer(PredictionBatch batch)
    {
        if (_spec.Task is null || _spec.Features is null || (_spec.Task == TaskKind.Binary && _spec.Positive is null)) _spec = SpecInference.Complete(_spec, batch);
        if (_spec.Positive is { } positive && _spec.Task == TaskKind.Binary && !_classIndex.ContainsKey(positive)) ClassOf(positive);
        WatchChanges();
    }

    private void RestartPerformance()
    {
        _residuals = new ResidualBaseline();
        _changes.RestartErrors();
        _labels.Clear();
        _classes.Clear();
        _classIndex.Clear();
        _positive = default;
        RestartCalibration(_panes.Watermark);
        _panes.ClearPerformance();
        RestartSegments();
    }

    /// <summary>The index of a class, made if there is room; -1 when the model has as many as it may.</summary>
    private int ClassOf(string label)
    {
        if (_classIndex.TryGetValue(label, out var index)) return index;
        if (_classes.Count >= (_spec.Task == TaskKind.Binary ? 2 : MaxClasses)) return -1;
        _classes.Add(label);
        _classIndex.Add(label, _classes.Count - 1);
        return _classes.Count - 1;
    }
}
