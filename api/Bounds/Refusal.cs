using System.Globalization;
using FleetMonitor.Api.Access;
using FleetMonitor.Api.Inference.V2;
using FleetMonitor.Api.Problems;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Bounds;

/// <summary>429, before an endpoint has seen the request, in the words of the interface that was called.</summary>
internal static class Refusal
{
    public static Task AnswerAsync(HttpContext context, BoundMetrics metrics, string bound, string detail)
    {
        metrics.Exceeded(bound);
        context.Response.Headers.RetryAfter = Problem.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        if (GrpcAccess.IsCall(context.Request)) return GrpcAccess.EndAsync(context.Response, StatusCode.ResourceExhausted, $"{bound}: {detail}");
        if (V2Problem.IsPath(context.Request.Path)) return V2Problem.AnswerAsync(context, StatusCodes.Status429TooManyRequests, $"{bound}: {detail}");
        var problem = Problem.Denied(StatusCodes.Status429TooManyRequests, detail);
        problem.ProblemDetails.Extensions[Bound.Member] = bound;
        return problem.ExecuteAsync(context);
    }
}
