using FleetMonitor.Cli.Replay;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Cli.Exact;

/// <summary>All columns and the performance of one chunk at a time, computed from every row.</summary>
internal sealed class ExactMonitor
{
    private readonly ExactColumn[] _columns;
    private readonly ExactPerformance _performance;

    public ExactMonitor(ReplayPlan plan)
    {
        _columns = [.. Columns(plan)];
        _performance = ExactPerformance.Of(plan, plan.Spec.Thresholds.LowConfidence);
    }

    /// <summary>Takes the reference whole, and says how the model did on it.</summary>
    public (PerformanceScore Performance, ConfidenceSummary? Confidence) SetReference(IEnumerable<PredictionBatch> batches)
    {
        foreach (var batch in batches)
        {
            foreach (var column in _columns) column.AddReference(batch);
            _performance.Add(batch);
        }
        foreach (var column in _columns) column.EndReference();
        return _performance.Score();
    }

    public void Add(PredictionBatch batch)
    {
        foreach (var column in _columns) column.Add(batch);
        _performance.Add(batch);
    }

    /// <summary>Scores the chunk and forgets it.</summary>
    public (IReadOnlyList<ColumnScore> Columns, PerformanceScore Performance, ConfidenceSummary? Confidence) Score(DriftThresholds thresholds, int minSamples)
    {
        ColumnScore[] columns = [.. _columns.Select(column => column.Judge(thresholds, minSamples))];
        var (performance, confidence) = _performance.Score();
        return (columns, performance, confidence);
    }

    /// <summary>The monitor's columns: features, scores, prediction.</summary>
    private static IEnumerable<ExactColumn> Columns(ReplayPlan plan)
    {
        foreach (var feature in plan.Spec.Features!)
        {
            ValueColumn? Of(PredictionBatch batch) => batch.Features.FirstOrDefault(column => column.Name == feature.Name);
            yield return feature.Kind == FeatureKind.Numeric
                ? new ExactNumericColumn(feature.Name, ColumnRole.Feature, batch => Of(batch) is { } column ? column.Numbers : default)
                : new ExactCategoricalColumn(feature.Name, ColumnRole.Feature, Of, text => text);
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
