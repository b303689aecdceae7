using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using FleetMonitor.Api.Access;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Requests;
using FleetMonitor.Grains;
using FleetMonitor.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace FleetMonitor.Api.Models;

/// <summary>The fleet's list, asked with SQL: no model is called for it.</summary>
internal static class ModelListEndpoint
{
    public static readonly IReadOnlyList<string> Tasks = ["binary", "multiclass", "regression"];

    public static readonly IReadOnlyList<string> States = ["waiting", "capturing", "live", "maintenance", "retired"];

    public static void MapModelList(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/v1/models", List).RequireAuthorization(Policies.Read)
        .WithTags("Models").WithName("ListModels").WithProblems(StatusCodes.Status400BadRequest, StatusCodes.Status503ServiceUnavailable);

    /// <summary>The models of the fleet, page by page.</summary>
    /// <param name="sort">trouble: the worst first; name; last_prediction: the latest first; predictions: the most first. trouble when missing.</param>
    /// <param name="search">Part of the name; upper and lower case are the same.</param>
    /// <param name="team">Only this team's.</param>
    /// <param name="family">Only this family's.</param>
    /// <param name="tier">Only this tier's.</param>
    /// <param name="task">Only those of this task.</param>
    /// <param name="state">Only those in this state.</param>
    /// <param name="page">From 1, which it is when missing.</param>
    /// <response code="200">The page. A summary is some seconds old, and null until there is one.</response>
    internal static async Task<Results<Ok<ModelPage>, ProblemHttpResult>> List(
        HttpContext context,
        IGrainFactory grains,
        string? sort,
        string? search,
        string? team,
        string? family,
        string? tier,
        string? task,
        string? state,
        [Range(1, int.MaxValue)] int? page,
        [FromQuery(Name = "page_size"), Range(1, ModelQuery.MaxPageSize), Description("Models of a page; 50 when missing.")] int? pageSize,
        CancellationToken cancellation)
    {
        if (context.Request.Query.FirstOrDefault(given => given.Value.Count > 1) is { Key: { } twice }) return Problem.BadRequest($"{WindowQuery.Shorten(twice)}: expected once");
        ModelSort? order = sort switch
        {
            null or "trouble" => ModelSort.Trouble,
            "name" => ModelSort.Name,
            "last_prediction" => ModelSort.LastPrediction,
            "predictions" => ModelSort.Predictions,
            _ => null,
        };
        if (order is null) return Problem.BadRequest($"sort: expected trouble, name, last_prediction or predictions; got \"{WindowQuery.Shorten(sort!)}\"");
        if (task is not null && !Tasks.Contains(task)) return Problem.BadRequest($"task: expected {string.Join(", ", Tasks)}; got \"{WindowQuery.Shorten(task)}\"");
        if (state is not null && !States.Contains(state)) return Problem.BadRequest($"state: expected {string.Join(", ", States)}; got \"{WindowQuery.Shorten(state)}\"");
        if (page < 1) return Problem.BadRequest(FormattableString.Invariant($"page: expected 1 or more, got {page}"));
        if (pageSize is < 1 or > ModelQuery.MaxPageSize) return Problem.BadRequest(FormattableString.Invariant($"page_size: expected 1 to {ModelQuery.MaxPageSize}, got {pageSize}"));
        var query = new ModelQuery { Sort = order.Value, Search = search, Team = team, Family = family, Tier = tier, Task = task, State = state, Names = Caller.Limits(context) };
        return TypedResults.Ok(await grains.GetGrain<IFleetGrain>(0).List(query with { Page = page ?? query.Page, PageSize = pageSize ?? query.PageSize }).WaitAsync(cancellation));
    }
}
