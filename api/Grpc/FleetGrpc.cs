using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Grpc.Monitor;
using FleetMonitor.Api.Inference.Grpc;
using Grpc.AspNetCore.Server;
using Grpc.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Grpc;

/// <summary>gRPC beside the HTTP interface: the same models, limits and errors, on a port of its own.</summary>
public static class FleetGrpc
{
    /// <summary>Comes after the addresses of HTTP are known: it adds its own to them.</summary>
    public static void AddFleetGrpc(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<FleetGrpcOptions>().BindConfiguration(FleetGrpcOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<FleetGrpcOptions>, FleetGrpcOptionsValidator>();
        services.AddSingleton<IValidateOptions<FleetGrpcOptions>, GrpcUrlValidator>();
        builder.Listen();
        services.AddSingleton<Decompressed>();
        var calls = services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<StatusInterceptor>();
            grpc.Interceptors.Add<Decompressed>();
            // Or every POST of two segments would be an unknown service, and no path would be told from a wrong method.
            grpc.IgnoreUnknownServices = true;
        });
        // StatusInterceptor tells of faults; this would also tell of every call that is no message, as an error.
        builder.Logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);
        // A message is held to what a body is, compressed or not.
        services.AddOptions<GrpcServiceOptions>().Configure<IOptions<FleetApiOptions>>((grpc, api) => grpc.MaxReceiveMessageSize = (int)api.Value.MaxBodyBytes);
        // What it answers repeats what it was asked.
        calls.AddServiceOptions<ReflectionServiceImpl>(OfAnybody).AddServiceOptions<ReflectionV1ServiceImpl>(OfAnybody);
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks(health => health.Services.Map(Protocol.V1.MonitorService.Descriptor.FullName, _ => true)).AddCheck<ReadyCheck>("ready");
        // Each look would log an error while the process starts, stops or waits for its disk: that is an answer, no fault.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        services.Configure<HealthCheckPublisherOptions>(watch => (watch.Delay, watch.Period) = (TimeSpan.Zero, TimeSpan.FromSeconds(5)));
    }

    /// <summary>Everything that gRPC answers; nothing where it is turned off.</summary>
    public static void MapFleetGrpc(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<FleetGrpcOptions>>().Value.Url.Length == 0) return;
        app.UseStatusOfUnreadCalls();
        app.UseMeteredMessages();
        app.MapGrpcService<MonitorService>();
        app.MapGrpcHealthChecksService().AllowAnonymous().WithoutBound();
        app.MapGrpcReflectionService().AllowAnonymous();
        app.MapGrpcService<OpenInferenceService>();
    }

    private static void OfAnybody<TService>(GrpcServiceOptions<TService> grpc) where TService : class => grpc.MaxReceiveMessageSize = MeteredMessages.AnonymousBytes;

    /// <summary>One more address, of which Kestrel knows by its port that it speaks HTTP/2 alone.</summary>
    private static void Listen(this WebApplicationBuilder builder)
    {
        var url = builder.Configuration[$"{FleetGrpcOptions.Section}:{nameof(FleetGrpcOptions.Url)}"] ?? FleetGrpcOptions.DefaultUrl;
        // What is wrong with it the validator says.
        if (GrpcAddress.Port(url) is not { } port) return;
        var http = builder.Configuration[WebHostDefaults.ServerUrlsKey];
        builder.WebHost.UseUrls(string.IsNullOrEmpty(http) ? url : $"{http};{url}");
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            if (endpoint.IPEndPoint?.Port == port) endpoint.Protocols = HttpProtocols.Http2;
        }));
    }
}
