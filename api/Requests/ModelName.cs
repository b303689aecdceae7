using System.Text.RegularExpressions;
using FleetMonitor.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Requests;

/// <summary>Names of models as they stand in paths, labels and files: a letter or a digit, then up to 127 of those and <c>. _ -</c>.</summary>
internal static partial class ModelName
{
    /// <summary>For the API's description.</summary>
    public const string Pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$";

    /// <summary>Refuses requests for other names, before anything is made under them.</summary>
    public static ValueTask<object?> Filter(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.Request.RouteValues["model"] is string name && !IsValid(name)
            ? ValueTask.FromResult<object?>(Problem.BadRequest("expected a model's name of 1 to 128 letters, digits, '.', '_' or '-' that starts with a letter or a digit"))
            : next(context);

    public static bool IsValid(string name) => Valid().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex Valid();
}
