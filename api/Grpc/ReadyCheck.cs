using FleetMonitor.Api.Health;
using FleetMonitor.Api.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace FleetMonitor.Api.Grpc;

/// <summary>What <c>/health/ready</c> says, for <c>grpc.health.v1.Health</c>.</summary>
internal sealed class ReadyCheck(IHostApplicationLifetime lifetime, FleetReadiness readiness) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthEndpoints.Ready(lifetime, readiness).Result is Ok<Health.HealthReport> ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
}
