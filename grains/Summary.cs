using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Storage;

namespace FleetMonitor.Grains;

/// <summary>A model's row in the fleet's list, from its headline window.</summary>
internal static class Summary
{
    public static ModelSummary Of(ModelDescription model, WindowScore score, DateTimeOffset now) => new(
        model.Version,
        model.Spec.Task?.ToString().ToLowerInvariant() ?? "",
        model.Spec.Team,
        model.Spec.Family,
        model.Spec.Tier,
        model.State,
        Trouble(model, score),
        score.Verdict == Verdict.Drifted,
        score.FeaturesDrifted,
        score.Performance.Complete?.Accuracy,
        score.Confidence?.Mean,
        score.Worst(c => c.Ks ?? c.Psi),
        model.Counters.Predictions,
        model.LastPrediction,
        now);

    /// <summary>How much a model needs its owner: its alerts, wrong answers before expected ones, and these before moved inputs; 0 when all is well or it is muted.</summary>
    private static double Trouble(ModelDescription model, WindowScore score)
    {
        if (model.MaintenanceUntil is not null || model.State == "retired") return 0;
        return score.Alerts.Sum(a => a.Kind switch { "accuracy" => 100.0, "estimated_accuracy" => 50, "drift" => 10, "missing" => 10, _ => 1 });
    }
}
