using FleetMonitor.Api.Problems;
using FleetMonitor.Core.Specs;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Requests;

/// <summary>Names of models as they stand in paths, labels and files: a letter or a digit, then up to 127 of those and <c>. _ -</c>.</summary>
internal static class ModelName
{
    /// <summary>For the API's description.</summary>
    public const string Pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$";

    /// <summary>Refuses requests for other names, before anything is made under them.</summary>
    public static ValueTask<object?> Filter(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.Request.RouteValues["model"] is string name && !IsValid(name)
            ? ValueTask.FromResult<object?>(Problem.BadRequest(ModelNames.Expected))
            : next(context);

    public static bool IsValid(string name) => ModelNames.IsValid(name);
}
