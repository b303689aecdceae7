using FleetMonitor.Client;

namespace FleetMonitor.Cli.Replay;

/// <summary>What a server did with predictions and their labels, over several requests.</summary>
/// <param name="Labels">Null: none were sent.</param>
internal sealed record SendResult(IngestResult Predictions, LabelResult? Labels)
{
    public static readonly SendResult None = new(new IngestResult(0, 0, 0, 0, []), null);

    /// <summary>Examples, the first few of both.</summary>
    public IEnumerable<ItemError> Errors => [.. Predictions.Errors ?? [], .. Labels?.Errors ?? []];

    public SendResult With(IngestResult result) => this with
    {
        Predictions = new IngestResult(
            Predictions.Accepted + result.Accepted, Predictions.Duplicates + result.Duplicates, Predictions.TooLate + result.TooLate, Predictions.Rejected + result.Rejected,
            First(Predictions.Errors, result.Errors)),
    };

    public SendResult With(LabelResult result) => this with
    {
        Labels = Labels is not { } labels ? result : new LabelResult(
            labels.Accepted + result.Accepted, labels.Joined + result.Joined, labels.Pending + result.Pending, labels.Corrected + result.Corrected,
            labels.Rejected + result.Rejected, First(labels.Errors, result.Errors)),
    };

    public SendResult With(SendResult result) => result.Labels is { } labels ? With(result.Predictions).With(labels) : With(result.Predictions);

    private static ItemError[] First(IReadOnlyList<ItemError>? before, IReadOnlyList<ItemError>? then) => [.. (before ?? []).Concat(then ?? []).Take(Rejections.MaxExamples)];
}
