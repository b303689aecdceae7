using System.Globalization;
using System.Text;
using System.Text.Json;
using FleetMonitor.Core.Batches;

namespace FleetMonitor.Core.Tests.Formats;

/// <summary>The decoder's rules said once more over a parsed tree, slowly and plainly: the oracle of its tests.</summary>
internal static class PlainPredictions
{
    private static readonly string[] Members = ["id", "time", "version", "features", "prediction", "probabilities", "score", "latency_ms", "error", "tags"];

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16 };

    /// <summary>The document's items; null when it is not one.</summary>
    public static IReadOnlyList<JsonElement>? Items(byte[] document)
    {
        try
        {
            var root = JsonDocument.Parse(document, Options).RootElement;
            if (root.ValueKind == JsonValueKind.Array) return [.. root.EnumerateArray()];
            if (root.ValueKind != JsonValueKind.Object) return null;
            var lists = root.EnumerateObject().Where(member => Text(() => member.Name) == "predictions").ToArray();
            return lists.Length == 1 && lists[0].Value.ValueKind == JsonValueKind.Array ? [.. lists[0].Value.EnumerateArray()] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Adds the item to a batch; false when it is not a good one.</summary>
    public static bool TryAdd(JsonElement item, PredictionBatchBuilder rows)
    {
        rows.BeginRow();
        if (IsUtf8(item) && Fill(item, rows))
        {
            rows.EndRow();
            return true;
        }
        rows.DiscardRow();
        return false;
    }

    private static bool IsUtf8(JsonElement item) => System.Text.Unicode.Utf8.IsValid(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(item));

    private static bool Fill(JsonElement item, PredictionBatchBuilder rows)
    {
        if (item.ValueKind != JsonValueKind.Object) return false;
        var seen = new HashSet<string>();
        var predicted = false;
        foreach (var member in item.EnumerateObject())
        {
            if (Text(() => member.Name) is not { } name) continue;
            var value = member.Value;
            if (Members.Contains(name) && !seen.Add(name)) return false;
            if (value.ValueKind == JsonValueKind.Null && name != "prediction") continue;
            var good = name switch
            {
                "id" => Id(value, rows),
                "time" => value.ValueKind == JsonValueKind.String && Text(value.GetString) is { } time
                    && UnixTime.TryParse(time, out var micros) && Do(() => rows.SetTime(micros)),
                "version" => value.ValueKind is JsonValueKind.String or JsonValueKind.Number
                    && Scalar(value) is { Length: >= 1 and <= 200 } version && Do(() => rows.SetVersion(version)),
                "features" => Features(value, rows),
                "prediction" => predicted = Prediction(value, rows),
                "probabilities" => Each(value, 1_000, (label, share) => Share(share) is { } number && rows.SetProbability(Encoding.UTF8.GetBytes(label), number)),
                "score" => Share(value) is { } score && Do(() => rows.SetScore(score)),
                "latency_ms" => value.ValueKind == JsonValueKind.Number && Number(value) is >= 0 and < double.PositiveInfinity and var latency
                    && Do(() => rows.SetLatency(latency / 1_000)),
                "error" => value.ValueKind is JsonValueKind.True or JsonValueKind.False && Do(() => rows.SetError(value.GetBoolean())),
                "tags" => Each(value, 16, (tag, text) =>
                    text.ValueKind == JsonValueKind.Null || (Scalar(text) is { } known && rows.SetTag(Encoding.UTF8.GetBytes(tag), known))),
                _ => true,
            };
            if (!good) return false;
        }
        return predicted;
    }

    private static bool Id(JsonElement value, PredictionBatchBuilder rows)
    {
        if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number)) return false;
        if (value.ValueKind == JsonValueKind.Number && value.GetRawText().AsSpan().IndexOfAny(".eE") >= 0) return false;
        return Scalar(value) is { Length: > 0 } text && Encoding.UTF8.GetByteCount(text) <= 256 && Do(() => rows.SetId(Encoding.UTF8.GetBytes(text)));
    }

    private static bool Features(JsonElement value, PredictionBatchBuilder rows) => Each(value, 1_000, (feature, given) =>
    {
        var name = Encoding.UTF8.GetBytes(feature);
        if (given.ValueKind == JsonValueKind.Number) return rows.SetFeature(name, Number(given));
        if (given.ValueKind == JsonValueKind.Null) return rows.SetFeatureMissing(name);
        return given.ValueKind == JsonValueKind.String
            ? given.GetRawText() switch
            {
                "\"NaN\"" => rows.SetFeatureMissing(name),
                "\"Infinity\"" => rows.SetFeature(name, double.PositiveInfinity),
                "\"-Infinity\"" => rows.SetFeature(name, double.NegativeInfinity),
                _ => Scalar(given) is { } text && rows.SetFeature(name, text),
            }
            : Scalar(given) is { } word && rows.SetFeature(name, word);
    });

    private static bool Prediction(JsonElement value, PredictionBatchBuilder rows)
    {
        if (value.ValueKind == JsonValueKind.Number) return double.IsFinite(Number(value)) && Do(() => rows.SetPrediction(Number(value)));
        return Scalar(value) is { Length: >= 1 and <= 200 } text && Do(() => rows.SetPrediction(text));
    }

    private static bool Each(JsonElement value, int max, Func<string, JsonElement, bool> set) =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() <= max
        && value.EnumerateObject().All(member => Text(() => member.Name) is { Length: >= 1 and <= 200 } name && set(name, member.Value));

    private static double? Share(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && Number(value) is >= -1e-6 and <= 1 + 1e-6 and var share ? Math.Clamp(share, 0, 1) : null;

    private static double Number(JsonElement value) => double.Parse(value.GetRawText(), CultureInfo.InvariantCulture);

    /// <summary>A string's, number's or bool's text of at most 4,096 bytes; null otherwise.</summary>
    private static string? Scalar(JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => Text(value.GetString),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
        return text is not null && Encoding.UTF8.GetByteCount(text) <= 4_096 ? text : null;
    }

    /// <summary>Null where the escapes are halves of surrogate pairs.</summary>
    private static string? Text(Func<string?> get)
    {
        try
        {
            return get();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool Do(Action set)
    {
        set();
        return true;
    }
}
