using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FleetMonitor.Api.Front;

/// <summary>What answers here, and where to look.</summary>
/// <param name="Service">FleetMonitor.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Links">Paths, by what is found there.</param>
public sealed record ServiceDescription(string Service, string Version, IReadOnlyDictionary<string, string> Links);

/// <summary>The first page that a person opens.</summary>
public static class FrontPage
{
    private static readonly ServiceDescription Description = new(
        "FleetMonitor",
        typeof(FrontPage).Assembly.GetName().Version?.ToString(3) ?? "",
        new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["health"] = "/health/ready",
            ["inference"] = "/v2",
            ["metrics"] = "/metrics",
            ["metrics_of_features"] = "/metrics/features",
            ["models"] = "/v1/models",
            ["models_in_trouble"] = "/v1/models?sort=trouble",
            ["openapi"] = "/openapi/v1.json",
        });

    public static void MapFrontPage(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/", Describe).AllowAnonymous().WithTags("Service").WithName("GetService");

    /// <summary>What answers here, and where to look.</summary>
    /// <response code="200">This is FleetMonitor.</response>
    internal static Ok<ServiceDescription> Describe() => TypedResults.Ok(Description);
}
