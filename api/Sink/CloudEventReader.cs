using System.Globalization;
using System.Text;
using System.Text.Json;
using FleetMonitor.Core.Formats;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Sink;

/// <summary>
/// Reads the CloudEvents of a request: one whose attributes are headers (binary mode), one whose attributes are members (structured), or an array of those
/// (batched).
/// </summary>
internal static class CloudEventReader
{
    public const string Structured = "application/cloudevents+json";
    public const string Batched = "application/cloudevents-batch+json";

    private const string HeaderPrefix = "ce-";
    private const int MaxAttribute = 8_192;

    private static readonly string[] Extensions = ["inferenceservicename", "namespace", "component", "endpoint", "requestid", "modelid"];

    private static readonly JsonDocumentOptions Json = new() { MaxDepth = 64 };

    /// <exception cref="DocumentException">The body is not what its type says.</exception>
    /// <exception cref="LimitException">More events than <paramref name="maxEvents"/>.</exception>
    public static IReadOnlyList<CloudEvent> Read(HttpRequest request, ReadOnlyMemory<byte> body, int maxEvents)
    {
        var type = request.ContentType?.Split(';')[0].Trim() ?? "";
        try
        {
            if (type.Equals(Structured, StringComparison.OrdinalIgnoreCase))
            {
                using var document = Document(body);
                return [OfMembers(document.RootElement)];
            }
            if (type.Equals(Batched, StringComparison.OrdinalIgnoreCase))
            {
                using var document = Document(body);
                if (document.RootElement.ValueKind != JsonValueKind.Array) throw new DocumentException("expected an array of CloudEvents");
                if (document.RootElement.GetArrayLength() > maxEvents) throw new LimitException("events", maxEvents);
                return [.. document.RootElement.EnumerateArray().Select(OfMembers)];
            }
        }
        catch (JsonException exception)
        {
            throw new DocumentException($"expected {type}, got something else: {Reason(exception)}", exception);
        }
        return type.StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase)
            ? throw new DocumentException($"expected {Structured}, {Batched}, or any other type with the attributes as ce- headers; got {type}")
            : [OfHeaders(request.Headers, body)];
    }

    private static JsonDocument Document(ReadOnlyMemory<byte> body)
    {
        if (!System.Text.Unicode.Utf8.IsValid(body.Span)) throw new DocumentException("expected UTF-8");
        return JsonDocument.Parse(body, Json);
    }

    private static CloudEvent OfHeaders(IHeaderDictionary headers, ReadOnlyMemory<byte> body) => new()
    {
        Id = Header(headers, "id"),
        Type = Header(headers, "type"),
        Source = Header(headers, "source"),
        SpecVersion = Header(headers, "specversion"),
        Time = Time(Header(headers, "time")),
        Extensions = Given(name => Header(headers, name)),
        JsonLength = headers["Inference-Header-Content-Length"] is [{ } length] ? length : null,
        Data = body,
    };

    /// <summary>A value as the HTTP binding encodes it: per cent, and at times in quotes.</summary>
    private static string Header(IHeaderDictionary headers, string name)
    {
        var values = headers[HeaderPrefix + name];
        if (values.Count > 1) throw new DocumentException($"{HeaderPrefix}{name}: given twice");
        if (values is not [{ Length: <= MaxAttribute } value])
        {
            return values.Count == 0 ? "" : throw new DocumentException($"{HeaderPrefix}{name}: expected at most {MaxAttribute} characters");
        }
        if (value.Length > 1 && value[0] == '"' && value[^1] == '"') value = value[1..^1];
        return value.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(value) : value;
    }

    private static Dictionary<string, string> Given(Func<string, string> read)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Extensions)
        {
            if (read(name) is { Length: > 0 } value) given.Add(name, value);
        }
        return given;
    }

    private static CloudEvent OfMembers(JsonElement element)
    {
        // One wrong event does not cost its neighbours.
        if (element.ValueKind != JsonValueKind.Object) return new CloudEvent { Unreadable = "expected a CloudEvent, an object" };
        try
        {
            return Attributes(element);
        }
        catch (DocumentException exception)
        {
            return new CloudEvent { Unreadable = exception.Message };
        }
        // What JSON spells as half of a character is no text, and not all texts are base64.
        catch (InvalidOperationException)
        {
            return new CloudEvent { Unreadable = "expected texts of whole characters" };
        }
        catch (FormatException)
        {
            return new CloudEvent { Unreadable = "data_base64: expected base64" };
        }
    }

    private static CloudEvent Attributes(JsonElement element) =>
        new()
        {
            Id = Member(element, "id"),
            Type = Member(element, "type"),
            Source = Member(element, "source"),
            SpecVersion = Member(element, "specversion"),
            Time = Member(element, "time") is { Length: > 0 } time ? Time(time) ?? throw new DocumentException("time: expected an RFC 3339 time") : null,
            Extensions = Given(name => Member(element, name)),
            Data = Data(element),
        };

    private static string Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString() is { Length: <= MaxAttribute } text ? text : throw new DocumentException($"{name}: expected at most {MaxAttribute} characters"),
            JsonValueKind.Null => "",
            _ => throw new DocumentException($"{name}: expected a text"),
        }
        : "";

    private static ReadOnlyMemory<byte> Data(JsonElement element)
    {
        if (element.TryGetProperty("data_base64", out var encoded) && encoded.ValueKind != JsonValueKind.Null)
        {
            return encoded.ValueKind == JsonValueKind.String ? encoded.GetBytesFromBase64() : throw new DocumentException("data_base64: expected a text");
        }
        if (!element.TryGetProperty("data", out var data)) return default;
        // A payload that is no JSON value of its own travels as a text.
        return Encoding.UTF8.GetBytes(data.ValueKind == JsonValueKind.String ? data.GetString()! : data.GetRawText());
    }

    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static string Reason(Exception exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? exception.Message : exception.Message[..end];
    }
}
