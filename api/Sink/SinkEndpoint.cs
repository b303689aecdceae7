using FleetMonitor.Api.Access;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Sink;

/// <summary>Where the inference loggers of KServe and Seldon send what they see: a deployment is monitored without a change to its code.</summary>
internal static class SinkEndpoint
{
    public static void AddSink(this IServiceCollection services)
    {
        services.AddOptions<SinkOptions>().BindConfiguration(SinkOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SinkOptions>, SinkOptionsValidator>();
        services.AddSingleton<SinkMetrics>();
        services.AddSingleton<SinkDelivery>();
        services.AddSingleton<InferenceSink>();
        services.AddHostedService(provider => provider.GetRequiredService<InferenceSink>());
    }

    public static void MapSink(this IEndpointRouteBuilder endpoints)
    {
        var limit = new BodyLimit(endpoints.ServiceProvider.GetRequiredService<IOptions<FleetApiOptions>>().Value.MaxBodyBytes);
        endpoints.MapPost("/", Take).RequireAuthorization(Policies.Ingest).WithTags("Ingest").WithName("SendEvents").WithMetadata(limit)
            .WithBody(new BodyDescription(CloudEventReader.Structured, "InferenceEvent"), new BodyDescription(CloudEventReader.Batched, "InferenceEvents"));
    }

    /// <summary>Takes CloudEvents of inference loggers: requests, responses and feedback, in any order.</summary>
    /// <remarks>
    /// In binary mode the body is the payload and the attributes are headers: ce-specversion (1.0), ce-id, ce-type, ce-source, ce-time, ce-inferenceservicename, ce-namespace, ce-component, ce-endpoint, ce-requestid,
    /// ce-modelid. Where the payload has binary tensors, Inference-Header-Content-Length says how many of its bytes are JSON; that is found out when missing. It is answered when the events are decoded; a prediction is recorded once both
    /// its halves are here, off the request's path.
    /// Of several events the good ones are taken whatever their neighbours are; with none good it is a 400.
    /// </remarks>
    /// <response code="200">At least one event was good.</response>
    internal static async Task<Results<Ok, ProblemHttpResult>> Take(
        HttpRequest request, InferenceSink sink, IngestMetrics metrics, IOptions<FleetApiOptions> options)
    {
        using var body = await RequestBody.ReadAsync(request, options.Value.MaxBodyBytes);
        metrics.Received("events", body.Length);
        var events = sink.Read(request, body.Buffer.AsMemory(0, body.Length), options.Value.MaxBatchItems);
        if (events.Count == 0) return Problem.BadRequest("expected at least one event, got none");
        List<ItemProblem> errors = [];
        var wrong = 0;
        for (var i = 0; i < events.Count; i++)
        {
            if (sink.Take(events[i], model => Caller.May(request.HttpContext, model)) is not { } fault) continue;
            wrong++;
            if (errors.Count < Core.Ingest.ApplyResult.MaxErrors) errors.Add(new ItemProblem(i, "", fault));
        }
        if (wrong < events.Count) return TypedResults.Ok();
        if (errors.TrueForAll(error => error.Message == ScopeHandler.OtherModels)) return Problem.Denied(StatusCodes.Status403Forbidden, ScopeHandler.OtherModels);
        return Problem.BadRequest(events.Count == 1 ? errors[0].Message : "no event was accepted", new KeyValuePair<string, object?>("errors", errors));
    }
}
