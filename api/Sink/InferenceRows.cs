using System.Globalization;
using System.Text;
using FleetMonitor.Api.Sink.Payloads;
using FleetMonitor.Core;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Api.Sink;

/// <summary>Inferences and labels as rows of batches. An inference's row has its id; of several rows each has the id, a colon and its number, from 0.</summary>
internal static class InferenceRows
{
    /// <summary>Adds the rows of an inference that say a prediction; false when none does.</summary>
    public static bool Add(PredictionBatchBuilder rows, Inference inference, PayloadSpec? spec)
    {
        var (request, response) = (inference.Request.Payload, inference.Response.Payload);
        if (request.Rows != response.Rows) return false;
        var answer = new AnswerColumns(response, spec);
        var features = Features(request, spec);
        var any = false;
        for (var row = 0; row < response.Rows; row++)
        {
            var label = answer.Label(row);
            if (label.IsMissing || double.IsInfinity(label.Number) || label.Text is { Length: 0 or > SpecValidation.MaxNameLength }) continue;
            rows.BeginRow();
            rows.SetId(Id(inference.Response.Event.Inference, row, response.Rows));
            rows.SetTime(UnixTime.From(inference.Request.Time));
            if (response.Version is { } version) rows.SetVersion(version);
            if (label.Text is { } text) rows.SetPrediction(text);
            else rows.SetPrediction(label.Number);
            if (!SetShares(rows, answer, row))
            {
                rows.DiscardRow();
                continue;
            }
            foreach (var (name, tensor, column) in features) Set(rows, name, tensor.At(row, column));
            foreach (var (name, value) in inference.Response.Event.Tags) rows.SetTag(Encoding.UTF8.GetBytes(name), value);
            rows.EndRow();
            any = true;
        }
        return any;
    }

    /// <summary>Adds the labels of a feedback; false when it says none.</summary>
    public static bool Add(LabelBatch.Builder rows, LoggedHalf feedback)
    {
        if (feedback.Payload.Tensors is not [{ Width: 1 } labels]) return false;
        var any = false;
        for (var row = 0; row < feedback.Payload.Rows; row++)
        {
            var (id, cell) = (Id(feedback.Event.Inference, row, feedback.Payload.Rows), labels.At(row, 0));
            if (cell.Text is { Length: > 0 and <= SpecValidation.MaxNameLength } text) rows.Add(id, text, UnixTime.From(feedback.Time));
            else if (double.IsFinite(cell.Number)) rows.Add(id, cell.Number, UnixTime.From(feedback.Time));
            else continue;
            any = true;
        }
        return any;
    }

    private static byte[] Id(string inference, int row, int rows) =>
        Encoding.UTF8.GetBytes(rows == 1 ? inference : string.Create(CultureInfo.InvariantCulture, $"{inference}:{row}"));

    private static bool SetShares(PredictionBatchBuilder rows, AnswerColumns answer, int row)
    {
        if (answer.Score(row) is var score && !double.IsNaN(score))
        {
            if (!PredictionItems.TryShare(ref score)) return false;
            rows.SetScore(score);
        }
        foreach (var (label, given) in answer.Shares(row))
        {
            var share = given;
            if (label.Length is 0 or > SpecValidation.MaxNameLength || !PredictionItems.TryShare(ref share)) return false;
            rows.SetProbability(label, share);
        }
        return true;
    }

    private static void Set(PredictionBatchBuilder rows, string name, Cell cell)
    {
        if (cell.Text is { } text) rows.SetFeature(name, text);
        else if (double.IsNaN(cell.Number)) rows.SetFeatureMissing(name);
        else rows.SetFeature(name, cell.Number);
    }

    /// <summary>The columns of the request that are features, in their order.</summary>
    private static List<(string Name, Tensor Tensor, int Column)> Features(Payload request, PayloadSpec? spec)
    {
        List<(string, Tensor, int)> features = [];
        var position = 0;
        foreach (var tensor in request.Tensors)
        {
            for (var column = 0; column < tensor.Width; column++, position++)
            {
                var name = spec?.Features is { } given ? position < given.Count ? given[position] : ""
                    : tensor.Columns is { } names ? names[column]
                    : tensor.Name.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"feature_{column}")
                    : tensor.Width == 1 ? tensor.Name
                    : string.Create(CultureInfo.InvariantCulture, $"{tensor.Name}_{column}");
                if (name.Length is > 0 and <= SpecValidation.MaxNameLength && features.Count < SpecValidation.MaxFeatures) features.Add((name, tensor, column));
            }
        }
        return features;
    }
}
