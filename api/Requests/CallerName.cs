using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Requests;

/// <summary>Who asks, for the log's audit lines.</summary>
internal static class CallerName
{
    /// <summary>The name that authentication found; null where nobody was asked for one.</summary>
    public static string? Caller(this HttpContext context) => context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } ? name : null;
}
