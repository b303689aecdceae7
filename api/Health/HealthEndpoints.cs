using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace FleetMonitor.Api.Health;

/// <summary>How the process is.</summary>
/// <param name="Status">live; ready or unready.</param>
/// <param name="Reason">Why it is unready, for a person; null when it is not.</param>
public sealed record HealthReport(string Status, string? Reason);

/// <summary>For orchestrators: whether to restart the process, and whether to send it traffic.</summary>
public static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        var health = endpoints.MapGroup("/health").WithTags("Health").AllowAnonymous().WithoutBound();
        health.MapGet("/live", Live).WithName("GetLiveness").DisableHttpMetrics();
        health.MapGet("/ready", Ready).WithName("GetReadiness").Produces<HealthReport>(StatusCodes.Status503ServiceUnavailable).DisableHttpMetrics();
    }

    /// <summary>Whether the process serves. It asks nobody: one that answers is alive, whatever it depends on.</summary>
    /// <response code="200">It does.</response>
    internal static Ok<HealthReport> Live() => TypedResults.Ok(new HealthReport("live", null));

    /// <summary>Whether to send traffic here: a silo has joined its cluster and can keep a batch, a gateway reaches one that can.</summary>
    /// <response code="200">Send.</response>
    /// <response code="503">Do not; the reason says why.</response>
    internal static Results<Ok<HealthReport>, JsonHttpResult<HealthReport>> Ready(IHostApplicationLifetime lifetime, FleetReadiness readiness)
    {
        var reason =
            lifetime.ApplicationStopping.IsCancellationRequested ? "stopping"
            : !lifetime.ApplicationStarted.IsCancellationRequested ? "starting"
            : readiness.Obstacle;
        return reason is null ? TypedResults.Ok(new HealthReport("ready", null)) : TypedResults.Json(new HealthReport("unready", reason), statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
