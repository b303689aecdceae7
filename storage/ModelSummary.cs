namespace FleetMonitor.Storage;

/// <summary>A model's row in the fleet's list: what a person needs in order to decide which model to look at.</summary>
/// <param name="Version">The version that serves most of the current traffic.</param>
/// <param name="Task">binary, multiclass or regression.</param>
/// <param name="Team">Who owns the model.</param>
/// <param name="Family">Group of models that belong together.</param>
/// <param name="Tier">How much it matters.</param>
/// <param name="State">Free text (capturing, live, maintenance, retired …).</param>
/// <param name="Trouble">How badly the model is off; orders the list, higher is worse. Not NaN.</param>
/// <param name="Drifted">Whether drift is reported.</param>
/// <param name="FeaturesDrifted">Number of features that drifted.</param>
/// <param name="Accuracy">Of the headline window; null if there is none.</param>
/// <param name="Confidence">Mean of the headline window; null if there is none.</param>
/// <param name="DriftScore">Of the worst feature; null if there is none.</param>
/// <param name="Predictions">Predictions counted since registration.</param>
/// <param name="LastPrediction">Event time of the newest prediction, kept to the microsecond.</param>
/// <param name="Updated">When the summary was made, kept to the microsecond.</param>
public sealed record ModelSummary(string Version, string Task, string Team, string Family, string Tier, string State, double Trouble, bool Drifted,
    int FeaturesDrifted, double? Accuracy, double? Confidence, double? DriftScore, long Predictions, DateTimeOffset? LastPrediction, DateTimeOffset Updated);
