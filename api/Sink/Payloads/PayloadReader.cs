using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using FleetMonitor.Core.Formats;

namespace FleetMonitor.Api.Sink.Payloads;

/// <summary>Reads payloads by what they are, not by what their event says: the response's event carries the request's content type.</summary>
/// <remarks>
/// V1 (<c>instances</c>, <c>predictions</c>), V2 (<c>inputs</c>, <c>outputs</c>) and Seldon's own (<c>data</c>). Where bytes follow the JSON they are V2's
/// binary tensors: the JSON ends where its
/// value does, whether or not <c>Inference-Header-Content-Length</c> says so; where that says something else the payload is refused.
/// </remarks>
internal static class PayloadReader
{
    /// <summary>Values of one payload; a larger one is refused.</summary>
    public const int MaxCells = 4_000_000;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    /// <exception cref="DocumentException">It is none of them.</exception>
    /// <exception cref="LimitException">It is too large.</exception>
    public static Payload Read(CloudEvent received, InferencePart part)
    {
        var data = received.Data.Span;
        try
        {
            var reader = new Utf8JsonReader(data, Options);
            using var document = JsonDocument.ParseValue(ref reader);
            var end = (int)reader.BytesConsumed;
            if (!Utf8.IsValid(data[..end])) throw new DocumentException("expected UTF-8");
            var binary = Binary(received, data, end);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new DocumentException($"expected an object, got {root.ValueKind}");
            return part == InferencePart.Feedback
                ? Feedback(root)
                : Inference(root, part == InferencePart.Request ? "inputs" : "outputs", part == InferencePart.Request ? "instances" : "predictions", binary);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or (FormatException and not DocumentException))
        {
            throw new DocumentException("expected the JSON of an inference, got something else", exception);
        }
    }

    /// <summary>What stands behind the JSON, as V2 has it.</summary>
    private static ReadOnlySpan<byte> Binary(CloudEvent received, ReadOnlySpan<byte> data, int end)
    {
        if (received.JsonLength is { } said)
        {
            if (!int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > data.Length || length < end
                || !data[end..length].Trim(" \t\r\n"u8).IsEmpty)
            {
                throw new DocumentException($"Inference-Header-Content-Length: expected the length of the JSON, which ends after {end} bytes");
            }
            return data[length..];
        }
        var rest = data[end..];
        return rest.Trim(" \t\r\n"u8).IsEmpty ? default : rest;
    }

    private static Payload Inference(JsonElement root, string v2, string v1, ReadOnlySpan<byte> binary)
    {
        if (root.TryGetProperty(v2, out var tensors) && tensors.ValueKind == JsonValueKind.Array)
        {
            return TensorReader.Read(tensors, binary, Text(root, "model_version"));
        }
        if (!binary.IsEmpty) throw new DocumentException("expected nothing behind the JSON: it has no tensors");
        if (root.TryGetProperty(v1, out var rows) && rows.ValueKind == JsonValueKind.Array) return RowsReader.Read(rows, names: null);
        if (root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object) return Seldon(data);
        throw new DocumentException($"expected \"{v1}\", \"{v2}\" or \"data\", got none of them");
    }

    /// <summary>Labels: <c>{"label":…}</c>, <c>{"labels":[…]}</c>, or Seldon's truth.</summary>
    private static Payload Feedback(JsonElement root)
    {
        if (root.TryGetProperty("labels", out var labels) && labels.ValueKind == JsonValueKind.Array) return RowsReader.Read(labels, names: null);
        if (root.TryGetProperty("label", out var label))
        {
            var cell = RowsReader.Scalar(label) ?? throw new DocumentException("label: expected a text, a number or a bool");
            return new Payload(1, [new Tensor("", null, 1, [cell])], null);
        }
        if (root.TryGetProperty("truth", out var truth) && truth.ValueKind == JsonValueKind.Object
            && truth.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object)
        {
            return Seldon(data);
        }
        // Seldon's feedback may praise without saying what was true.
        return root.TryGetProperty("reward", out _)
            ? new Payload(0, [], null)
            : throw new DocumentException("expected \"label\", \"labels\" or \"truth\", got none of them");
    }

    /// <summary><c>{"names":[…],"ndarray":[[…]]}</c> or <c>{"names":[…],"tensor":{"shape":[…],"values":[…]}}</c>.</summary>
    private static Payload Seldon(JsonElement data)
    {
        // Wider than a table there are no columns to be named.
        string[]? names = data.TryGetProperty("names", out var given) && given.ValueKind == JsonValueKind.Array && given.GetArrayLength() <= RowsReader.MaxWidth
            ? [.. given.EnumerateArray().Select(Name)]
            : null;
        if (data.TryGetProperty("ndarray", out var rows) && rows.ValueKind == JsonValueKind.Array) return RowsReader.Read(rows, names);
        if (!data.TryGetProperty("tensor", out var tensor) || tensor.ValueKind != JsonValueKind.Object)
        {
            throw new DocumentException("data: expected \"ndarray\" or \"tensor\", got neither");
        }
        var shape = TensorReader.Shape(tensor.GetProperty("shape"), out var size);
        var cells = new List<Cell>();
        RowsReader.Flatten(tensor.GetProperty("values"), cells, size);
        if (cells.Count != size) throw new DocumentException($"tensor: expected {size} values, got {cells.Count}");
        var width = TensorReader.Width(shape);
        return TensorReader.One(new Tensor("", names?.Length == width ? names : null, width, cells), shape, null);
    }

    /// <summary>A column's name; empty where it has none.</summary>
    private static string Name(JsonElement name) =>
        name.GetString() is not { } text ? ""
        : text.Length <= DecodeLimits.Default.MaxName ? text
        : throw new DocumentException($"names: expected at most {DecodeLimits.Default.MaxName} characters");

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
