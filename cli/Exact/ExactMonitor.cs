using FleetMonitor.Cli.Replay;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Cli.Exact;

/// <summary>All columns and the performance of one chunk at a time, computed from every row.</summary>
internal sealed class ExactMonitor
{
    private readonly ExactColumn[] _columns;
    private readonly ExactPerformance _performance;
    private readonly ExactEstimation? _estimation;

    public ExactMonitor(ReplayPlan plan, int minSamples)
    {
        _columns = [.. Columns(plan)];
        _performance = ExactPerformance.Of(plan, plan.Spec.Thresholds.LowConfidence);
        _estimation = ExactEstimation.Of(plan, minSamples);
    }

    /// <summary>Takes the reference whole, and says how the model did on it.</summary>
    /// <param name="chunkRows">Rows of a chunk; 0 where chunks are stretches of time.</param>
    public (PerformanceScore Performance, ConfidenceSummary? Confidence) SetReference(IEnumerable<PredictionBatch> batches, int chunkRows)
    {
        foreach (var batch in batches)
        {
            foreach (var column in _columns) column.AddReference(batch);
            _performance.Add(batch);
            _estimation?.Add(batch);
        }
        foreach (var column in _columns) column.EndReference();
        _estimation?.EndReference(chunkRows);
        return _performance.Score();
    }

    public void Add(PredictionBatch batch)
    {
        foreach (var column in _columns) column.Add(batch);
        _performance.Add(batch);
        _estimation?.Add(batch);
    }

    /// <summary>Where the accuracy leaves what it was in the reference; null without labels or probabilities.</summary>
    public PerformanceThreshold? AccuracyRange => _estimation?.Threshold;

    /// <summary>Scores the chunk and forgets it: drift as it is, performance and confidence from enough rows on. Its labels count for the next one's estimate.</summary>
    public ExactScore Score(DriftThresholds thresholds, int minSamples)
    {
        ColumnScore[] columns = [.. _columns.Select(column => column.Judge(thresholds, minSamples))];
        var (performance, confidence) = _performance.Score();
        if (performance.Labelled < minSamples) performance = new PerformanceScore(performance.Labelled, null, null, null);
        if (confidence?.Count < minSamples) confidence = null;
        return new ExactScore(columns, performance, confidence, _estimation?.Score());
    }

    /// <summary>The monitor's columns: features, scores, prediction.</summary>
    private static IEnumerable<ExactColumn> Columns(ReplayPlan plan)
    {
        foreach (var feature in plan.Spec.Features!)
        {
            ValueColumn? Of(PredictionBatch batch) => batch.Features.FirstOrDefault(column => column.Name == feature.Name);
            yield return feature.Kind == FeatureKind.Numeric
                ? new ExactNumericColumn(feature.Name, ColumnRole.Feature, batch => Of(batch) is { } column ? column.Numbers : default)
                : new ExactCategoricalColumn(feature.Name, ColumnRole.Feature, Of, CategoryName.Canonical);
        }
        foreach (var (name, _) in plan.ScoreColumns)
        {
            ReadOnlySpan<double> OfClass(PredictionBatch batch) =>
                batch.Probabilities.FirstOrDefault(column => $"probability:{ClassLabel.Canonical(column.Name)}" == name) is { } column ? column.Numbers : default;
            yield return new ExactNumericColumn(name, ColumnRole.Score, plan.Task == TaskKind.Binary ? batch => PositiveScore.Of(plan, batch) : OfClass);
        }
        yield return plan.Task == TaskKind.Regression
            ? new ExactNumericColumn("prediction", ColumnRole.Prediction, batch => batch.Predictions.Numbers)
            : new ExactCategoricalColumn("prediction", ColumnRole.Prediction, batch => batch.Predictions, ClassLabel.Canonical);
    }
}

/// <summary>What the exact statistics say of a chunk.</summary>
/// <param name="Estimate">Null for a model without probabilities.</param>
internal sealed record ExactScore(IReadOnlyList<ColumnScore> Columns, PerformanceScore Performance, ConfidenceSummary? Confidence, EstimateReport? Estimate);
