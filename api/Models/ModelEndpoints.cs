using FleetMonitor.Api.Access;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.References;
using FleetMonitor.Api.Requests;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Models;

/// <summary>Models: what they are, how they are doing, and what their owners decide about them.</summary>
public static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapModelList();
        endpoints.MapSpecs();
        var limit = new BodyLimit(endpoints.ServiceProvider.GetRequiredService<IOptions<FleetApiOptions>>().Value.MaxBodyBytes);
        var model = endpoints.MapGroup("/v1/models/{model}").WithTags("Models").WithMetadata(limit).AddEndpointFilter(ModelName.Filter);
        // In the order in which the description's examples count on each other.
        model.MapScores();
        model.MapReference();
        model.MapLifecycle();
        model.MapGet("", Get).RequireAuthorization(Policies.Read).WithName("GetModel").WithModelProblems();
        model.MapPut("", Put).RequireAuthorization(Policies.Admin).WithName("PutModel").WithProblems(StatusCodes.Status503ServiceUnavailable).WithBody(new BodyDescription(MediaTypes.Json, "Spec"));
        model.MapDelete("", Delete).RequireAuthorization(Policies.Admin).WithName("DeleteModel").WithModelProblems();
    }

    /// <summary>What a model is, what it has counted, and how its headline window is.</summary>
    /// <response code="200">The model.</response>
    internal static async Task<Ok<ModelOverview>> Get(string model, ModelGateway gateway)
    {
        var description = await gateway.Model(model).Describe();
        var scores = await gateway.Model(model).Score(description.Spec.HeadlineWindow);
        return TypedResults.Ok(ModelOverview.Of(description, scores.Windows[0]));
    }

    /// <summary>Registers a model, or replaces its spec whole. Members left out have their defaults; task and features left out are inferred.</summary>
    /// <remarks>
    /// Another task, other features, another positive class or tolerance, other segments or detectors begin anew what they would make mean something
    /// else; everything else restarts nothing. The answer says which.
    /// </remarks>
    /// <response code="200">The model as it now is, with what the spec changed and what began anew for it.</response>
    internal static async Task<Results<Ok<SpecResult>, ProblemHttpResult>> Put(string model, HttpRequest request, ModelGateway gateway, IOptions<FleetApiOptions> options)
    {
        if (MediaTypes.Of(request, MediaTypes.Json) is null) return Problem.UnsupportedMediaType(request.ContentType, MediaTypes.Json);
        SpecParse parse;
        using (var body = await RequestBody.ReadAsync(request, options.Value.MaxBodyBytes)) parse = SpecJson.Parse(body.Span);
        if (parse.Spec is not { } spec) return Problem.BadRequest("the spec was not accepted", new KeyValuePair<string, object?>("errors", parse.Errors));
        var result = await gateway.Model(model).Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(spec), request.HttpContext.Caller()));
        return TypedResults.Ok(SpecResult.Of(await gateway.Model(model).Describe(), result.Changes));
    }

    /// <summary>
    /// Deletes a model with its log, checkpoint, row in the fleet's list and series. Predictions of its name that come later register a new one: end
    /// the traffic first, or retire the model.
    /// </summary>
    /// <response code="204">It is gone.</response>
    internal static async Task<NoContent> Delete(string model, HttpContext context, ModelGateway gateway)
    {
        await gateway.Model(model).Delete(context.Caller());
        return TypedResults.NoContent();
    }
}
