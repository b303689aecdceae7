using FleetMonitor.Core.Ingest;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Grains;

/// <summary>
/// A line in the log for every change that somebody decided: which model, what, by whom. Names of members, never values that came with predictions.
/// </summary>
public sealed partial class ModelGrain
{
    private const string Anonymous = "nobody named";

    private void Audit(PendingInput input, ApplyResult result, long sequence)
    {
        var by = input.By ?? Anonymous;
        if (sequence == 1) LogRegistered(Name, input.Entry.Kind is LogEntryKind.Predictions or LogEntryKind.Labels ? "its first traffic" : by);
        switch (input.Entry.Kind)
        {
            case LogEntryKind.Spec:
                var restarted = result.Changes.SelectMany(change => change.Restarted).Distinct().Select(restart => restart.ToString().ToLowerInvariant()).ToArray();
                LogSpec(Name, by, result.Changes.Count == 0 ? "nothing" : string.Join(", ", result.Changes.Select(change => change.Field)), restarted.Length == 0 ? "nothing" : string.Join(", ", restarted));
                break;
            case LogEntryKind.Reference:
                LogReference(Name, by, result.Accepted, result.Rejected);
                break;
            case LogEntryKind.Rebaseline:
                LogRebaselined(Name, by, RebaselineOrder.Decode(input.Entry.Body.Span).Window > 0 ? "a window" : "the predictions that follow");
                break;
            case LogEntryKind.Maintenance:
                var until = MaintenanceOrder.Decode(input.Entry.Body.Span).Until;
                LogMaintenance(Name, by, until == 0 ? "ended" : $"until {Core.UnixTime.Format(until)}");
                break;
            case LogEntryKind.Retire:
                LogRetired(Name, by);
                break;
            case LogEntryKind.Forget:
                LogForgotten(Name);
                break;
            default:
                break;
        }
    }

    [LoggerMessage(10, LogLevel.Information, "Model {Model} registered by {By}", EventName = "model-registered")]
    private partial void LogRegistered(string model, string by);

    [LoggerMessage(11, LogLevel.Information, "Model {Model}: spec given by {By}; changed: {Changed}; begun anew: {Restarted}", EventName = "model-spec-changed")]
    private partial void LogSpec(string model, string by, string changed, string restarted);

    [LoggerMessage(12, LogLevel.Information, "Model {Model}: reference uploaded by {By}, {Accepted} rows taken and {Rejected} not", EventName = "model-reference-uploaded")]
    private partial void LogReference(string model, string by, int accepted, int rejected);

    [LoggerMessage(13, LogLevel.Information, "Model {Model}: re-baselined by {By}, on {Source}", EventName = "model-rebaselined")]
    private partial void LogRebaselined(string model, string by, string source);

    [LoggerMessage(14, LogLevel.Information, "Model {Model}: maintenance by {By}, {Until}", EventName = "model-maintenance")]
    private partial void LogMaintenance(string model, string by, string until);

    [LoggerMessage(15, LogLevel.Information, "Model {Model} retired by {By}", EventName = "model-retired")]
    private partial void LogRetired(string model, string by);

    [LoggerMessage(16, LogLevel.Information, "Model {Model} deleted with its data by {By}", EventName = "model-deleted")]
    private partial void LogDeleted(string model, string by);

    [LoggerMessage(17, LogLevel.Information, "Model {Model}: rows of its reference given up, they had been kept as long as they may; the capture begins anew", EventName = "model-rows-forgotten")]
    private partial void LogForgotten(string model);
}
