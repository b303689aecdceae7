using FleetMonitor.Cli.Replay;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Exact;

/// <summary>The positive class's score per row: given as such, or as its probability, or as one minus the other class's.</summary>
internal static class PositiveScore
{
    /// <summary>NaN where a row has none; empty where no row has one.</summary>
    public static ReadOnlySpan<double> Of(ReplayPlan plan, PredictionBatch batch)
    {
        if (batch.Probabilities.Count == 0) return batch.Scores;
        var scores = new double[batch.Count];
        var positive = batch.Probabilities.FirstOrDefault(p => ClassLabel.Canonical(p.Name) == plan.Spec.Positive);
        var negative = batch.Probabilities.FirstOrDefault(p => ClassLabel.Canonical(p.Name) != plan.Spec.Positive);
        for (var row = 0; row < scores.Length; row++)
        {
            scores[row] = positive?.NumberAt(row) ?? double.NaN;
            if (double.IsNaN(scores[row]) && negative is not null) scores[row] = 1 - negative.NumberAt(row);
        }
        return scores;
    }
}
