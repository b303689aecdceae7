using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Bounds;

/// <summary>What keeps the process within bounds, whatever clients send: Kestrel's limits, and those over all requests.</summary>
internal static class BoundsHosting
{
    public static void AddBounds(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        // Kestrel calls it critical, with a stack trace an answer, when a client resets its streams faster than they can be answered and is cut off. kestrel_connection_duration_seconds counts it by error_type.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Http2", LogLevel.None);
        services.AddOptions<ServerOptions>().BindConfiguration(ServerOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ServerOptions>, ServerOptionsValidator>();
        services.AddSingleton<BoundMetrics>();
        services.AddSingleton<BodyBudget>();
        services.AddSingleton<RequestGate>();
        services.AddSingleton<ReferenceGate>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, ServerLimits>();
        services.AddHostedService<RefusalCount>();
    }

    public static void UseBounds(this WebApplication app) => app.UseMiddleware<RequestGate>();

    /// <summary>Leaves an endpoint out of the count of requests.</summary>
    public static TBuilder WithoutBound<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(Unbounded.Instance);
}
