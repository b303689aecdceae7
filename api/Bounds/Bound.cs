using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;

namespace FleetMonitor.Api.Bounds;

/// <summary>The names of what is bounded, as problem details and the metric say them; the option of each stands in docs/configuration.md.</summary>
internal static class Bound
{
    public const string BodyBytes = "body_bytes", BatchItems = "batch_items", Columns = "columns", Cells = "cells", Features = "features", Classes = "classes",
        ReferenceBytes = "reference_bytes", References = "references", Requests = "requests", MemoryBytes = "memory_bytes", Models = "models", NewModels = "new_models",
        LogQueueBytes = "log_queue_bytes", UrlBytes = "url_bytes", HeaderBytes = "header_bytes", BodyRate = "body_rate", Scrapes = "scrapes";

    public static readonly IReadOnlyList<string> Names =
    [
        BodyBytes, BatchItems, Columns, Cells, Features, Classes, ReferenceBytes, References, Requests, MemoryBytes, Models, NewModels, LogQueueBytes, UrlBytes, HeaderBytes, BodyRate, Scrapes,
    ];

    /// <summary>The member of a problem that says which one it was.</summary>
    public const string Member = "bound";

    /// <summary>Counts a request that is beyond a bound, and names it in its problem.</summary>
    public static ProblemHttpResult Exceeded(this ProblemHttpResult problem, HttpContext context, string bound)
    {
        problem.ProblemDetails.Extensions[Member] = bound;
        Count(context, bound);
        return problem;
    }

    public static void Count(HttpContext context, string bound) => context.RequestServices.GetService<BoundMetrics>()?.Exceeded(bound);

    /// <summary>What a decoder calls it.</summary>
    public static string OfDecoder(string limit) => limit switch
    {
        "items" => BatchItems,
        "columns" => Columns,
        "features" => Features,
        "classes" => Classes,
        "bytes" => ReferenceBytes,
        _ when limit.StartsWith("cells", StringComparison.Ordinal) => Cells,
        _ => BodyBytes,
    };
}
