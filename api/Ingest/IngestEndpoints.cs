using FleetMonitor.Api.Access;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Ingest;

/// <summary>Predictions and labels: decoded once, into columns, and handed to their model.</summary>
public static class IngestEndpoints
{
    public static void MapIngest(this IEndpointRouteBuilder endpoints)
    {
        var limit = new BodyLimit(endpoints.ServiceProvider.GetRequiredService<IOptions<FleetApiOptions>>().Value.MaxBodyBytes);
        var model = endpoints.MapGroup("/v1/models/{model}").WithTags("Ingest").WithMetadata(limit).AddEndpointFilter(ModelName.Filter).RequireAuthorization(Policies.Ingest);
        model.MapPost("/predictions", Predictions).WithName("SendPredictions")
            .WithProblems(StatusCodes.Status409Conflict, StatusCodes.Status503ServiceUnavailable)
            .WithBody(new BodyDescription(MediaTypes.Json, "Predictions"), new BodyDescription(MediaTypes.Ndjson, "PredictionLines"));
        model.MapPost("/labels", Labels).WithName("SendLabels")
            .WithProblems(StatusCodes.Status409Conflict, StatusCodes.Status503ServiceUnavailable)
            .WithBody(new BodyDescription(MediaTypes.Json, "Labels"), new BodyDescription(MediaTypes.Ndjson, "LabelLines"));
    }

    /// <summary>Sends predictions of a model; a name that is new registers it.</summary>
    /// <remarks>
    /// Good items are kept whatever their neighbours are; with none good it is a 400 with the same list. What is accepted is durable. A request may say in two headers who sends it, Fleet-Producer (1 to 200
    /// characters), and its number there, Fleet-Sequence (a whole number that counts up, at most 63 behind the newest): sent again under the same, it counts once. One without the other is a 400.
    /// </remarks>
    /// <response code="200">At least one item was good.</response>
    internal static async Task<Results<Ok<PredictionsResult>, ProblemHttpResult>> Predictions(string model, HttpRequest request, Ingestion ingestion)
    {
        var (outcome, problem) = await ingestion.Take(model, request, BatchKinds.Predictions);
        if (outcome is null) return problem!;
        var applied = outcome.Applied;
        var result = new PredictionsResult(applied.Accepted, applied.Duplicates, applied.TooLate, outcome.Rejected, outcome.Errors);
        if (!outcome.NoneGood) return TypedResults.Ok(result);
        return Problem.BadRequest("no prediction was accepted",
            new("accepted", 0), new("duplicates", 0), new("too_late", 0), new("rejected", result.Rejected), new("errors", result.Errors));
    }

    /// <summary>Sends true labels of predictions, before or after them.</summary>
    /// <remarks>
    /// Good items are kept whatever their neighbours are; with none good it is a 400 with the same list. What is accepted is durable. A request may say in two headers who sends it, Fleet-Producer (1 to 200
    /// characters), and its number there, Fleet-Sequence (a whole number that counts up, at most 63 behind the newest): sent again under the same, it counts once. One without the other is a 400.
    /// </remarks>
    /// <response code="200">At least one item was good.</response>
    internal static async Task<Results<Ok<LabelsResult>, ProblemHttpResult>> Labels(string model, HttpRequest request, Ingestion ingestion)
    {
        var (outcome, problem) = await ingestion.Take(model, request, BatchKinds.Labels);
        if (outcome is null) return problem!;
        var applied = outcome.Applied;
        var result = new LabelsResult(applied.Accepted, applied.Joined, applied.Pending, applied.Corrected, outcome.Rejected, outcome.Errors);
        if (!outcome.NoneGood) return TypedResults.Ok(result);
        return Problem.BadRequest("no label was accepted",
            new("accepted", 0), new("joined", 0), new("pending", 0), new("corrected", 0), new("rejected", result.Rejected), new("errors", result.Errors));
    }
}
