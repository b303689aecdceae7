using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Problems;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace FleetMonitor.Api.Grpc;

/// <summary>The status of what goes wrong: what is a problem over HTTP has the same words here, and the code that stands for its status.</summary>
internal static class GrpcStatus
{
    /// <summary>The status that an exception stands for, which names its bound; null for a fault of ours.</summary>
    public static Status? Of(Exception exception, HttpContext context) =>
        Problem.Of(exception, context) is { } problem ? new Status(Code(problem.StatusCode), Detail(problem.ProblemDetails)) : null;

    private static string Detail(ProblemDetails problem) =>
        problem.Extensions.TryGetValue(Bound.Member, out var bound) ? $"{bound}: {problem.Detail}" : problem.Detail ?? "";

    private static StatusCode Code(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => StatusCode.Unauthenticated,
        StatusCodes.Status403Forbidden => StatusCode.PermissionDenied,
        StatusCodes.Status404NotFound => StatusCode.NotFound,
        StatusCodes.Status408RequestTimeout => StatusCode.DeadlineExceeded,
        StatusCodes.Status409Conflict => StatusCode.FailedPrecondition,
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
        StatusCodes.Status503ServiceUnavailable => StatusCode.Unavailable,
        _ => StatusCode.InvalidArgument,
    };
}
