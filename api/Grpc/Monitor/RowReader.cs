using System.Text;
using FleetMonitor.Core;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Protocol.V1;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Value = FleetMonitor.Protocol.V1.Value;

namespace FleetMonitor.Api.Grpc.Monitor;

/// <summary>Predictions and labels that come one message each, into a batch: the convenient way, for who sends few at a time.</summary>
internal static class RowReader
{
    public static Decoded<PredictionBatch> Read(RepeatedField<Prediction> predictions, DecodeLimits limits)
    {
        var rows = new PredictionBatchBuilder();
        var kept = Keep(predictions.Count, limits, row =>
        {
            rows.BeginRow();
            var (field, message) = Set(rows, predictions[row], limits);
            if (message is null) rows.EndRow();
            else rows.DiscardRow();
            var columns = rows.FeatureCount + rows.TagCount + rows.ClassCount;
            if (columns > limits.MaxColumns) throw new LimitException("columns", limits.MaxColumns);
            if ((long)rows.Count * columns > limits.MaxCells) throw new LimitException("cells (rows × columns)", limits.MaxCells);
            return (field, message);
        });
        return kept.With(rows.Build());
    }

    public static Decoded<LabelBatch> Read(RepeatedField<Label> labels, DecodeLimits limits)
    {
        var rows = new LabelBatch.Builder();
        var kept = Keep(labels.Count, limits, row =>
        {
            var label = labels[row];
            var time = UnixTime.Missing;
            if (Id(label.Id, limits) is { } wrong) return ("id", wrong);
            if (label.Id.Length == 0) return ("id", "expected a text, got nothing");
            if (label.Time is not null && !TryTime(label.Time, out time)) return ("time", Time);
            var (number, text, message) = Label(label.Label_, limits);
            if (message is not null) return ("label", message);
            if (text is null) rows.Add(Encoding.UTF8.GetBytes(label.Id), number, time);
            else rows.Add(Encoding.UTF8.GetBytes(label.Id), text, time);
            return default;
        });
        return kept.With(rows.Build());
    }

    private const string Time = "expected a time from 1970 on";

    private static (string Field, string? Message) Set(PredictionBatchBuilder rows, Prediction item, DecodeLimits limits)
    {
        if (Id(item.Id, limits) is { } wrong) return ("id", wrong);
        if (item.Id.Length > 0) rows.SetId(Encoding.UTF8.GetBytes(item.Id));
        if (item.Time is not null)
        {
            if (!TryTime(item.Time, out var time)) return ("time", Time);
            rows.SetTime(time);
        }
        if (item.Version.Length > limits.MaxName) return ("version", $"expected at most {limits.MaxName} characters");
        if (item.Version.Length > 0) rows.SetVersion(item.Version);
        var (number, text, message) = Label(item.Prediction_, limits);
        if (message is not null) return ("prediction", message);
        if (text is null) rows.SetPrediction(number);
        else rows.SetPrediction(text);
        if (item.HasScore)
        {
            if (!TryShare(item.Score, out var score)) return ("score", Share);
            rows.SetScore(score);
        }
        if (item.Latency is not null)
        {
            var seconds = item.Latency.Seconds + (item.Latency.Nanos / 1e9);
            if (seconds < 0) return ("latency", "expected 0 or more");
            rows.SetLatency(seconds);
        }
        rows.SetError(item.Error);
        return Named(rows, item, limits);
    }

    private static (string Field, string? Message) Named(PredictionBatchBuilder rows, Prediction item, DecodeLimits limits)
    {
        if (item.Features.Count > limits.MaxFeatures) return ("features", $"expected at most {limits.MaxFeatures}");
        if (item.Probabilities.Count > limits.MaxClasses) return ("probabilities", $"expected at most {limits.MaxClasses}");
        if (item.Tags.Count > limits.MaxTags) return ("tags", $"expected at most {limits.MaxTags}");
        if (item.Features.Keys.Concat(item.Probabilities.Keys).Concat(item.Tags.Keys).Any(name => name.Length is 0 || name.Length > limits.MaxName))
        {
            return ("", $"expected names of 1 to {limits.MaxName} characters");
        }
        foreach (var (name, value) in item.Features)
        {
            switch (value.KindCase)
            {
                case Value.KindOneofCase.Number when !double.IsNaN(value.Number): rows.SetFeature(name, value.Number); break;
                case Value.KindOneofCase.Text when Encoding.UTF8.GetByteCount(value.Text) > limits.MaxText:
                    return ($"features.{name}", $"expected at most {limits.MaxText} bytes of text");
                case Value.KindOneofCase.Text: rows.SetFeature(name, value.Text); break;
                case Value.KindOneofCase.Flag: rows.SetFeature(name, value.Flag ? "true" : "false"); break;
                default: rows.SetFeatureMissing(name); break;
            }
        }
        foreach (var (label, given) in item.Probabilities)
        {
            if (!TryShare(given, out var share)) return ($"probabilities.{label}", Share);
            rows.SetProbability(label, share);
        }
        foreach (var (name, text) in item.Tags)
        {
            if (Encoding.UTF8.GetByteCount(text) > limits.MaxText) return ($"tags.{name}", $"expected at most {limits.MaxText} bytes of text");
            rows.SetTag(Encoding.UTF8.GetBytes(name), text);
        }
        return default;
    }

    private const string Share = "expected a number from 0 to 1";

    private static bool TryShare(double given, out double share)
    {
        share = given;
        return PredictionItems.TryShare(ref share);
    }

    private static string? Id(string id, DecodeLimits limits) =>
        id.Length > limits.MaxId || Encoding.UTF8.GetByteCount(id) > limits.MaxId ? $"expected at most {limits.MaxId} bytes" : null;

    /// <summary>A class or a regression's value: a text, or a number.</summary>
    private static (double Number, string? Text, string? Message) Label(Value? value, DecodeLimits limits) => value?.KindCase switch
    {
        Value.KindOneofCase.Number when double.IsFinite(value.Number) => (value.Number, null, null),
        Value.KindOneofCase.Number => (0, null, "expected a number within float64's range"),
        Value.KindOneofCase.Text when value.Text.Length is 0 || value.Text.Length > limits.MaxName => (0, null, $"expected 1 to {limits.MaxName} characters"),
        Value.KindOneofCase.Text => (0, value.Text, null),
        Value.KindOneofCase.Flag => (0, value.Flag ? "true" : "false", null),
        _ => (0, null, "expected a text, a number or a flag, got nothing"),
    };

    private static bool TryTime(Timestamp time, out long micros)
    {
        const long MaxSeconds = 253_402_300_799;
        micros = UnixTime.Missing;
        if (time.Seconds is < 0 or > MaxSeconds || time.Nanos is < 0 or > 999_999_999) return false;
        micros = (time.Seconds * 1_000_000) + (time.Nanos / 1_000);
        return true;
    }

    private static Tally Keep(int count, DecodeLimits limits, Func<int, (string Field, string? Message)> read)
    {
        if (count > limits.MaxItems) throw new LimitException("items", limits.MaxItems);
        var tally = new Tally(limits.MaxErrors);
        for (var row = 0; row < count; row++)
        {
            if (read(row) is (var field, { } message)) tally.Reject(new Core.Formats.ItemError(row, field, message));
            else tally.Keep(row);
        }
        return tally;
    }
}
