using FleetMonitor.Api.Access;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Grains.Specs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FleetMonitor.Api.Models;

/// <summary>Specs as files, beside the fleet.</summary>
internal static class SpecsEndpoint
{
    public static void MapSpecs(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/v1/specs", Get)
        .RequireAuthorization(Policies.Metrics).WithTags("Models").WithName("GetSpecs").WithProblems(StatusCodes.Status503ServiceUnavailable);

    /// <summary>
    /// The spec files and the fleet, side by side: which are applied, which the fleet has otherwise and in what, which models no file describes, and
    /// which files have mistakes.
    /// </summary>
    /// <response code="200">As the silo that was asked sees its folder; without one everything is only in the fleet.</response>
    internal static async Task<Ok<SpecsReport>> Get(IGrainFactory grains, CancellationToken cancellation) =>
        TypedResults.Ok(await grains.GetGrain<ISpecsGrain>(0).Report().WaitAsync(cancellation));
}
