using FleetMonitor.Api.Access;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Requests;
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
        model.MapPost("/rebaseline", Rebaseline).RequireAuthorization(Policies.Admin).WithName("Rebaseline").WithModelProblems().WithProblems(StatusCodes.Status409Conflict)
            .WithBody(new BodyDescription(MediaTypes.Json, "Rebaseline") { Optional = true });
        model.MapPost("/maintenance", Maintain).RequireAuthorization(Policies.Admin).WithName("SetMaintenance").WithModelProblems()
            .WithBody(new BodyDescription(MediaTypes.Json, "Maintenance"));
        model.MapPost("/retire", Retire).RequireAuthorization(Policies.Admin).WithName("Retire").WithModelProblems();
    }

    /// <summary>Drops the reference, and makes a new one: of a window that has been counted already, or of the predictions that follow.</summary>
    /// <remarks>
    /// A window is taken from its histogram over the old reference's bins, exact to a fortieth of the old reference's mass, and refused where more
    /// than a tenth of a feature lies beyond the old range. Without a body the predictions that follow
    /// become it, as many as the spec says.
    /// </remarks>
    /// <response code="200">The model as it now is: <c>reference</c> has the version, the source and the time of the one in force.</response>
    internal static async Task<Results<Ok<ModelDescription>, ProblemHttpResult>> Rebaseline(string model, HttpRequest request, ModelGateway gateway, IOptions<FleetApiOptions> options)
    {
        RebaselineOrder? order;
        string? error;
        using (var body = await RequestBody.ReadAsync(request, options.Value.MaxBodyBytes))
        {
            if (body.Span.Length > 0 && MediaTypes.Of(request, MediaTypes.Json) is null) return Problem.UnsupportedMediaType(request.ContentType, MediaTypes.Json);
            (order, error) = RebaselineRequest.Parse(body.Span);
        }
        if (order is not { } given) return Problem.BadRequest(error!);
        try
        {
            return TypedResults.Ok(await Command(gateway, model, LogEntryKind.Rebaseline, given.Encode(), request.HttpContext));
        }
        catch (ModelCommandException obstacle)
        {
            // Nothing is wrong with the request: the model does not have what it would take.
            return Problem.Conflict(obstacle.Message);
        }
    }

    /// <summary>Mutes a model's alerts for a while, or no longer. Nothing is lost: it goes on being watched.</summary>
    /// <response code="200">The model as it now is.</response>
    internal static async Task<Results<Ok<ModelDescription>, ProblemHttpResult>> Maintain(
        string model, HttpRequest request, ModelGateway gateway, TimeProvider time, IOptions<FleetApiOptions> options)
    {
        if (MediaTypes.Of(request, MediaTypes.Json) is null) return Problem.UnsupportedMediaType(request.ContentType, MediaTypes.Json);
        MaintenanceOrder? order;
        string? error;
        using (var body = await RequestBody.ReadAsync(request, options.Value.MaxBodyBytes)) (order, error) = MaintenanceRequest.Parse(body.Span, time.GetUtcNow());
        return order is { } given ? TypedResults.Ok(await Command(gateway, model, LogEntryKind.Maintenance, given.Encode(), request.HttpContext)) : Problem.BadRequest(error!);
    }

    /// <summary>Ends a model: it takes no more traffic and has no more series; its history stays. A spec brings it back.</summary>
    /// <response code="200">The model as it now is.</response>
    internal static async Task<Ok<ModelDescription>> Retire(string model, HttpContext context, ModelGateway gateway) =>
        TypedResults.Ok(await Command(gateway, model, LogEntryKind.Retire, default, context));

    private static async Task<ModelDescription> Command(ModelGateway gateway, string name, LogEntryKind kind, ReadOnlyMemory<byte> body, HttpContext context)
    {
        var model = gateway.Model(name);
        // A command would register the model; only predictions, labels, a spec or a reference may.
        await model.Describe();
        await model.Apply(new ModelCommand(kind, null, 0, body, context.Caller()));
        return await model.Describe();
    }
}
