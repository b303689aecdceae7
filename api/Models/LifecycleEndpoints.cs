using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Requests;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Grains.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Models;

/// <summary>What an owner decides about a model that is there: a new reference, silence for a while, the end. Each answers with the model as it then is.</summary>
internal static class LifecycleEndpoints
{
    public static void MapLifecycle(this IEndpointRouteBuilder model)
    {
        model.MapPost("/rebaseline", Rebaseline).WithName("Rebaseline").WithModelProblems();
        model.MapPost("/maintenance", Maintain).WithName("SetMaintenance").WithModelProblems().WithBody(new BodyDescription(MediaTypes.Json, "Maintenance", """{"duration":"2h"}"""));
        model.MapPost("/retire", Retire).WithName("Retire").WithModelProblems();
    }

    /// <summary>Drops the reference, and captures a new one from the predictions that follow.</summary>
    /// <response code="200">The model as it now is.</response>
    internal static async Task<Ok<ModelDescription>> Rebaseline(string model, ModelGateway gateway) => TypedResults.Ok(await Command(gateway, model, LogEntryKind.Rebaseline, default));

    /// <summary>Mutes a model's alerts for a while, or no longer. Nothing is lost: it goes on being watched.</summary>
    /// <response code="200">The model as it now is.</response>
    internal static async Task<Results<Ok<ModelDescription>, ProblemHttpResult>> Maintain(
        string model, HttpRequest request, ModelGateway gateway, TimeProvider time, IOptions<FleetApiOptions> options)
    {
        if (MediaTypes.Of(request, MediaTypes.Json) is null) return Problem.UnsupportedMediaType(request.ContentType, MediaTypes.Json);
        long? until;
        string? error;
        using (var body = await RequestBody.ReadAsync(request, options.Value.MaxBodyBytes)) (until, error) = MaintenanceRequest.Parse(body.Span, time.GetUtcNow());
        if (until is null) return Problem.BadRequest(error!);
        var writer = new CodecWriter(sizeof(long));
        writer.Int64(until.Value);
        return TypedResults.Ok(await Command(gateway, model, LogEntryKind.Maintenance, writer.ToArray()));
    }

    /// <summary>Ends a model: it takes no more traffic and has no more series; its history stays. A spec brings it back.</summary>
    /// <response code="200">The model as it now is.</response>
    internal static async Task<Ok<ModelDescription>> Retire(string model, ModelGateway gateway) => TypedResults.Ok(await Command(gateway, model, LogEntryKind.Retire, default));

    private static async Task<ModelDescription> Command(ModelGateway gateway, string name, LogEntryKind kind, ReadOnlyMemory<byte> body)
    {
        var model = gateway.Model(name);
        // A command would register the model; only predictions, labels, a spec or a reference may.
        await model.Describe();
        await model.Apply(new ModelCommand(kind, null, 0, body));
        return await model.Describe();
    }
}
