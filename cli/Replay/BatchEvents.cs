using FleetMonitor.Client;
using FleetMonitor.Core;
using FleetMonitor.Core.Batches;

namespace FleetMonitor.Cli.Replay;

/// <summary>Rows of a batch as the events of the HTTP interface.</summary>
internal static class BatchEvents
{
    /// <summary>Rows of a request.</summary>
    private const int RequestRows = 2_000;

    /// <param name="idPrefix">Stands before every id.</param>
    public static PredictionEvent Prediction(PredictionBatch batch, int row, bool withLabel, string idPrefix = "")
    {
        var features = new Dictionary<string, FeatureValue>(batch.Features.Count);
        foreach (var column in batch.Features)
        {
            if (Value(column, row) is { IsMissing: false } value) features.Add(column.Name, value);
        }
        Dictionary<string, double>? probabilities = null;
        foreach (var column in batch.Probabilities)
        {
            if (column.NumberAt(row) is var probability && !double.IsNaN(probability)) (probabilities ??= []).Add(column.Name, probability);
        }
        return new PredictionEvent
        {
            Id = batch.Ids?.Text(row) is { Length: > 0 } id ? idPrefix + id : null,
            Time = batch.Times.IsEmpty || batch.Times[row] == UnixTime.Missing ? null : UnixTime.ToDateTime(batch.Times[row]),
            Features = features,
            Prediction = Value(batch.Predictions, row),
            Score = batch.Scores.IsEmpty || double.IsNaN(batch.Scores[row]) ? null : batch.Scores[row],
            Probabilities = probabilities,
            Label = withLabel && batch.Labels is { } labels ? Value(labels, row) : default,
        };
    }

    /// <summary>Sends a batch's predictions, and then the labels of those that have one.</summary>
    public static async Task<SendResult> SendAsync(
        FleetMonitorClient client, string model, PredictionBatch batch, NdjsonWriter lines, CancellationToken cancellation, string idPrefix = "")
    {
        var total = SendResult.None;
        for (var start = 0; start < batch.Count; start += RequestRows)
        {
            var end = Math.Min(batch.Count, start + RequestRows);
            lines.Clear();
            for (var row = start; row < end; row++) lines.Write(Prediction(batch, row, withLabel: false, idPrefix));
            var result = await client.RecordAsync(model, lines.Written, cancellation).ConfigureAwait(false);
            total = total.With(result);
            lines.Clear();
            WriteLabels(batch, start, end, lines, idPrefix);
            if (lines.Written.Length > 0) total = total.With(await client.LabelAsync(model, lines.Written, cancellation).ConfigureAwait(false));
        }
        return total;
    }

    private static void WriteLabels(PredictionBatch batch, int start, int end, NdjsonWriter lines, string idPrefix)
    {
        if (batch.Labels is not { } labels || batch.Ids is not { } ids) return;
        for (var row = start; row < end; row++)
        {
            if (Value(labels, row) is { IsMissing: false } label && ids.Text(row) is { Length: > 0 } id) lines.Write(new LabelEvent(idPrefix + id, label));
        }
    }

    private static FeatureValue Value(ValueColumn column, int row) => column.TextAt(row) is { } text ? text : column.NumberAt(row);
}
