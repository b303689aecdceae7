using FleetMonitor.Cli.Replay;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Exact;

/// <summary>Performance of each chunk as it could be estimated before its own labels came: a chunk's labels arrive with the next one.</summary>
/// <remarks>
/// The reference's calibration is fitted once, as NannyML does; a reference without labels is calibrated by the first labelled rows of the file instead. The
/// current calibration starts as the reference's, takes in every chunk's labels, and starts anew with a chunk whose labels contradict it, so that it follows a
/// changed concept at once and gathers evidence otherwise. Trust is of the reference's calibration. O(n log n) a chunk, over at most <see cref="MaxPool"/> rows.
/// </remarks>
internal sealed class ExactEstimation
{
    /// <summary>Labelled rows that make a calibration where the reference has none.</summary>
    private const int MinCalibrationRows = 1_000;

    /// <summary>Labelled rows that the current calibration rests on at most, beside as many as the reference has.</summary>
    private const int MaxPool = 50_000;

    private readonly ReplayPlan _plan;
    private readonly ClassTable _classes;
    private readonly int _columns;
    private readonly int _minSamples;
    private readonly List<int> _labelOf = [];
    private readonly List<int> _predictionOf = [];
    private EstimateTrust _trust;
    private ScoredRows _chunk;
    private ScoredRows? _waiting;
    private ScoredRows _pool;
    private int _poolLimit = MaxPool;
    private Calibration? _reference;
    private Calibration? _current;
    private SamplingErrors? _errors;

    private ExactEstimation(ReplayPlan plan, int minSamples)
    {
        _plan = plan;
        _minSamples = minSamples;
        // A class of a multiclass model has the index of its column.
        _classes = new ClassTable(plan);
        _columns = plan.Task == TaskKind.Binary ? 1 : plan.File.Probabilities!.Count;
        _chunk = new ScoredRows(_columns);
        _pool = new ScoredRows(_columns);
    }

    /// <summary>Null for a model without probabilities: there is nothing to estimate by.</summary>
    public static ExactEstimation? Of(ReplayPlan plan, int minSamples) => plan.Task != TaskKind.Regression && plan.ScoreColumns.Any() ? new(plan, minSamples) : null;

    /// <summary>Where the accuracy leaves what it was in the reference; null without labels.</summary>
    public PerformanceThreshold? Threshold { get; private set; }

    public void Add(PredictionBatch batch)
    {
        _classes.Indices(batch.Labels, batch.Count, _labelOf);
        _classes.Indices(batch.Predictions, batch.Count, _predictionOf);
        if (_plan.Task == TaskKind.Binary) AddBinary(batch);
        else AddMulticlass(batch);
    }

    /// <summary>Takes what was added as the reference.</summary>
    /// <param name="chunkRows">Rows of a chunk, for the thresholds; 0 for a tenth of the reference.</param>
    public void EndReference(int chunkRows)
    {
        var labelled = _chunk.Labelled();
        _chunk = new ScoredRows(_columns);
        if (labelled.Count == 0) return;
        var size = chunkRows > 0 && chunkRows <= labelled.Count ? chunkRows : Math.Max(1, labelled.Count / 10);
        Threshold = PerformanceThreshold.Of(Enumerable.Range(0, labelled.Count / size).Select(i => labelled.Accuracy(i * size, (i + 1) * size)));
        SetReference(labelled);
    }

    /// <summary>The chunk's estimate, none of too few rows; the chunk then waits for its labels.</summary>
    public EstimateReport Score()
    {
        if (_waiting is { } waiting) TakeLabels(waiting.Labelled());
        _waiting = _chunk;
        _chunk = new ScoredRows(_columns);
        if (_reference is not { } reference || reference.Estimate(_waiting) is var estimate && estimate.Count < _minSamples) return EstimateReport.None;
        var band = SamplingErrors.Band * _errors!.Accuracy.Over(estimate.Count);
        return new EstimateReport(
            estimate.Accuracy,
            estimate.Accuracy is { } low && band is not null ? Math.Max(0, low - band.Value) : null,
            estimate.Accuracy is { } high && band is not null ? Math.Min(1, high + band.Value) : null,
            estimate.F1,
            estimate.Auroc,
            _current!.Accuracy(_waiting),
            _trust.Trusted,
            estimate.Count);
    }

    private void TakeLabels(ScoredRows labelled)
    {
        if (_reference is null)
        {
            _pool.AddRange(labelled);
            if (_pool.Count >= Math.Max(MinCalibrationRows, _minSamples)) SetReference(_pool);
            return;
        }
        if (labelled.Count >= _minSamples) _trust.Observe(_reference.Agrees(labelled));
        // Too few labels to tell are kept for the calibration, not for a verdict.
        if (labelled.Count >= _minSamples && !_current!.Agrees(labelled)) _pool = new ScoredRows(_columns);
        _pool.AddRange(labelled);
        if (_pool.Count > _poolLimit)
        {
            var newest = new ScoredRows(_columns);
            newest.AddRange(_pool, _pool.Count - _poolLimit);
            _pool = newest;
        }
        if (labelled.Count > 0) _current = Calibration.Refit(_pool);
    }

    private void SetReference(ScoredRows labelled)
    {
        _pool = labelled;
        _poolLimit = Math.Max(MaxPool, labelled.Count);
        _reference = _current = Calibration.Fit(labelled);
        _errors = _columns == 1
            ? SamplingErrors.OfBinary(Calibration.Flags(labelled.Truth), Calibration.Flags(labelled.Predicted), labelled.Scores)
            : SamplingErrors.OfMulticlass(labelled.Truth, labelled.Predicted, _columns, labelled.Scores);
    }

    private void AddBinary(PredictionBatch batch)
    {
        var scores = PositiveScore.Of(_plan, batch);
        for (var row = 0; row < batch.Count; row++)
        {
            var truth = _labelOf[row] < 0 ? ScoredRows.Unlabelled : _labelOf[row] == 0 ? 1 : 0;
            _chunk.Add(_predictionOf[row] == 0 ? 1 : 0, truth)[0] = scores.IsEmpty ? double.NaN : scores[row];
        }
    }

    private void AddMulticlass(PredictionBatch batch)
    {
        var columns = new ValueColumn?[_columns];
        foreach (var column in batch.Probabilities)
        {
            if (_classes.Of(column.Name) is var index and >= 0 && index < _columns) columns[index] = column;
        }
        for (var row = 0; row < batch.Count; row++)
        {
            var scores = _chunk.Add(_predictionOf[row], _labelOf[row] < 0 ? ScoredRows.Unlabelled : _labelOf[row]);
            var any = false;
            for (var label = 0; label < _columns; label++)
            {
                scores[label] = columns[label]?.NumberAt(row) ?? double.NaN;
                any |= !double.IsNaN(scores[label]);
            }
            // As the monitor has it: a class without a probability beside others that have one has none at all.
            foreach (ref var probability in scores) probability = any && double.IsNaN(probability) ? 0 : probability;
        }
    }
}
