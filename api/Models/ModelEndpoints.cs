using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.References;
using FleetMonitor.Api.Requests;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
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
        var limit = new BodyLimit(endpoints.ServiceProvider.GetRequiredService<IOptions<FleetApiOptions>>().Value.MaxBodyBytes);
        var model = endpoints.MapGroup("/v1/models/{model}").WithTags("Models").WithMetadata(limit).AddEndpointFilter(ModelName.Filter);
        model.MapGet("", Get).WithName("GetModel").WithModelProblems();
        model.MapPut("", Put).WithName("PutModel").WithProblems(StatusCodes.Status503ServiceUnavailable).WithBody(new BodyDescription(MediaTypes.Json, nameof(ModelSpec), """
            {"task":"binary","positive":"1","team":"risk","features":[{"name":"amount","kind":"numeric","min":0},{"name":"country","kind":"categorical"}],"thresholds":{"accuracy":0.9}}
            """));
        model.MapDelete("", Delete).WithName("DeleteModel").WithModelProblems();
        model.MapScores();
        model.MapLifecycle();
        model.MapReference();
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
    /// <remarks>Other features or another task drop the reference: a new one is captured.</remarks>
    /// <response code="200">The model as it now is.</response>
    internal static async Task<Results<Ok<ModelDescription>, ProblemHttpResult>> Put(string model, HttpRequest request, ModelGateway gateway, IOptions<FleetApiOptions> options)
    {
        if (MediaTypes.Of(request, MediaTypes.Json) is null) return Problem.UnsupportedMediaType(request.ContentType, MediaTypes.Json);
        SpecParse parse;
        using (var body = await RequestBody.ReadAsync(request, options.Value.MaxBodyBytes)) parse = SpecJson.Parse(body.Span);
        if (parse.Spec is not { } spec) return Problem.BadRequest("the spec was not accepted", new KeyValuePair<string, object?>("errors", parse.Errors));
        await gateway.Model(model).Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(spec)));
        return TypedResults.Ok(await gateway.Model(model).Describe());
    }

    /// <summary>Deletes a model with all its data. Predictions of its name register a new one.</summary>
    /// <response code="204">It is gone.</response>
    internal static async Task<NoContent> Delete(string model, ModelGateway gateway)
    {
        await gateway.Model(model).Delete();
        return TypedResults.NoContent();
    }
}
