using FleetMonitor.Api.Access;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Front;
using FleetMonitor.Api.Health;
using FleetMonitor.Api.Hosting;
using FleetMonitor.Api.Inference;
using FleetMonitor.Api.Inference.V2;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.Logging;
using FleetMonitor.Api.Metrics;
using FleetMonitor.Api.Models;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Sink;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api;

/// <summary>The HTTP interface of the fleet. Its host brings an Orleans silo with a store, or an Orleans client.</summary>
public static class FleetApi
{
    public static void AddFleetApi(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<FleetApiOptions>().BindConfiguration(FleetApiOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<FleetApiOptions>, FleetApiOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<FleetReadiness, SiloReadiness>();
        services.TryAddSingleton<FleetMap, SiloMap>();
        builder.AddBounds();
        builder.AddFleetAccess();
        services.AddSingleton<SiloLanes>();
        services.AddSingleton<ProducerLanes>();
        services.AddSingleton<ModelGateway>();
        services.AddSingleton<Ingestion>();
        services.AddInference();
        services.AddSink();
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemHandler>();
        // A compressed body that breaks off must not pass for a shorter one, which it does by default.
        AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);
        services.AddRequestDecompression();
        // So that a parameter that cannot be read is a problem with its name, and not in development only.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.AddFleetTelemetry();
        builder.Logging.AddConsoleFormatter<EcsFormatter, EcsFormatterOptions>();
        services.AddFleetOpenApi();
    }

    /// <summary>Everything that the API answers, and what every answer goes through.</summary>
    public static void MapFleetApi(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(pages => V2Problem.IsPath(pages.HttpContext.Request.Path)
            ? V2Problem.AnswerStatusAsync(pages.HttpContext)
            : Problem.OfStatus(pages.HttpContext.Response).ExecuteAsync(pages.HttpContext));
        app.UseBounds();
        // Before anything of a body is read.
        app.UseFleetAccess();
        app.UseRequestDecompression();
        app.MapFrontPage();
        app.MapIngest();
        app.MapSink();
        app.MapModels();
        app.MapV2();
        app.MapHealth();
        app.MapMetrics();
        app.MapFleetOpenApi();
    }
}
