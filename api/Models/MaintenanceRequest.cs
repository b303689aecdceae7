using System.Globalization;
using System.Text.Json;
using FleetMonitor.Core;
using FleetMonitor.Core.Ingest;

namespace FleetMonitor.Api.Models;

/// <summary>For how long a model's alerts are muted: one of the first three.</summary>
/// <param name="Duration">From now on: "2h".</param>
/// <param name="Until">A time to come; one that has passed ends it.</param>
/// <param name="End">True: at once no longer.</param>
/// <param name="Reason">Why, for a person.</param>
internal sealed record MaintenanceRequest(string? Duration, string? Until, bool? End, string? Reason)
{
    private const string Expected = "expected one of {\"duration\":\"2h\"}, {\"until\":\"2026-11-22T10:00:00Z\"} or {\"end\":true}, with a \"reason\" if there is one";

    /// <summary>Until when and why. Null with an error when it cannot be told.</summary>
    public static (MaintenanceOrder? Order, string? Error) Parse(ReadOnlySpan<byte> utf8, DateTimeOffset now)
    {
        MaintenanceRequest? request;
        try
        {
            request = JsonSerializer.Deserialize(utf8, ApiJson.Default.MaintenanceRequest);
        }
        catch (JsonException)
        {
            return (null, Expected);
        }
        if (request?.Reason is { Length: > MaintenanceOrder.MaxReason }) return (null, FormattableString.Invariant($"reason: expected at most {MaintenanceOrder.MaxReason} characters"));
        return request switch
        {
            { Duration: { } duration, Until: null, End: null } => Core.Specs.Duration.TryParse(duration, out var span) && span > TimeSpan.Zero
                ? (new MaintenanceOrder(UnixTime.From(now + span), request.Reason), null)
                : (null, "duration: expected a whole number above 0 and s, m, h, d or w, at most 3650d"),
            { Duration: null, Until: { } until, End: null } => Time(until) is { } time
                ? (time > now ? new MaintenanceOrder(UnixTime.From(time), request.Reason) : default, null)
                : (null, "until: expected a time, such as 2026-11-22T10:00:00Z"),
            { Duration: null, Until: null, End: true } => (default(MaintenanceOrder), null),
            _ => (null, Expected),
        };
    }

    /// <summary>A time of any year, as it stands in RFC 3339.</summary>
    private static DateTimeOffset? Time(string text) =>
        UnixTime.TryParse(text, out var micros) ? UnixTime.ToDateTime(micros)
        : DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : null;
}
