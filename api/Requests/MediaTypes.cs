using System.Net.Mime;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace FleetMonitor.Api.Requests;

/// <summary>The media types that clients send. Parameters such as a charset are allowed, as long as it is UTF-8.</summary>
internal static class MediaTypes
{
    public const string Json = MediaTypeNames.Application.Json;
    public const string JsonUtf8 = "application/json; charset=utf-8";
    public const string Ndjson = "application/x-ndjson";
    public const string Csv = MediaTypeNames.Text.Csv;
    public const string Parquet = "application/vnd.apache.parquet";

    /// <summary>The request's media type as one of <paramref name="expected"/>; null when it is none of them.</summary>
    public static string? Of(HttpRequest request, params ReadOnlySpan<string> expected)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return null;
        if (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)) return null;
        foreach (var one in expected)
        {
            if (type.MediaType.Equals(one, StringComparison.OrdinalIgnoreCase)) return one;
        }
        return null;
    }
}
