using System.Text.Json;
using FleetMonitor.Api.Requests;
using FleetMonitor.Core;
using FleetMonitor.Core.Ingest;

namespace FleetMonitor.Api.Models;

/// <summary>Where a new reference comes from: at most one of the two.</summary>
/// <param name="Window">A window up to now: "24h".</param>
/// <param name="Predictions">So many of the predictions that follow.</param>
internal sealed record RebaselineRequest(string? Window, int? Predictions)
{
    private const string Expected = "expected {\"window\":\"24h\"}, {\"predictions\":5000} or no body";

    /// <summary>What is asked; null with an error when it cannot be told.</summary>
    public static (RebaselineOrder? Order, string? Error) Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return (default(RebaselineOrder), null);
        RebaselineRequest? request;
        try
        {
            request = JsonSerializer.Deserialize(utf8, ApiJson.Default.RebaselineRequest);
        }
        catch (JsonException)
        {
            return (null, Expected);
        }
        switch (request)
        {
            case { Window: null, Predictions: null }:
                return (default(RebaselineOrder), null);
            case { Window: null, Predictions: { } predictions }:
                return predictions is >= 100 and <= 100_000 ? (new RebaselineOrder(0, predictions), null) : (null, FormattableString.Invariant($"predictions: expected 100 to 100000, got {predictions}"));
            case { Window: { } text, Predictions: null }:
                var (window, error) = WindowQuery.Parse(text);
                return window is { } span ? (new RebaselineOrder(UnixTime.From(span), 0), null) : (null, error);
            default:
                return (null, Expected);
        }
    }
}
