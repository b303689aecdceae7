using System.Text.Json;

namespace FleetMonitor.Client;

/// <summary>Reads an error as RFC 9457 describes it, with the items at fault beside it; of anything else the status says enough.</summary>
internal static class Problem
{
    public static FleetMonitorException Read(HttpResponseMessage response, byte[] body)
    {
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json")) return Bare(response);
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? new FleetMonitorException(response.StatusCode, Text(root, "title") ?? response.ReasonPhrase, Text(root, "detail"), [.. Errors(root)])
                : Bare(response);
        }
        catch (JsonException)
        {
            return Bare(response);
        }
    }

    private static FleetMonitorException Bare(HttpResponseMessage response) => new(response.StatusCode, response.ReasonPhrase, null, null);

    /// <summary>A list of items, or the messages per field that frameworks write.</summary>
    private static IEnumerable<ItemError> Errors(JsonElement problem)
    {
        if (!problem.TryGetProperty("errors", out var errors)) yield break;
        if (errors.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in errors.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.Object && item.Deserialize(ClientJson.Default.ItemError) is { } error) yield return error;
            }
        }
        else if (errors.ValueKind == JsonValueKind.Object)
        {
            foreach (var field in errors.EnumerateObject())
            {
                var messages = field.Value.ValueKind == JsonValueKind.Array ? string.Join(", ", field.Value.EnumerateArray()) : field.Value.ToString();
                yield return new ItemError(null, field.Name, messages);
            }
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
