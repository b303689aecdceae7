using System.Globalization;
using FleetMonitor.Api.Requests;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Problems;

/// <summary>Answers exceptions that stand for a problem of the request or of the moment. What it leaves is a fault: logged, and answered with 500.</summary>
internal sealed class ProblemHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        // Nobody waits for an answer any more.
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested) return true;
        if (Problem.Of(exception, httpContext) is not { } problem) return false;
        if (problem.StatusCode is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests) httpContext.Response.Headers.RetryAfter = Problem.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        // RFC 7694: of the two reasons for a 415, this one is the encoding. (A wrong media type is an endpoint's result, no exception.)
        if (problem.StatusCode == StatusCodes.Status415UnsupportedMediaType) httpContext.Response.Headers.AcceptEncoding = RequestBody.Encodings;
        await problem.ExecuteAsync(httpContext);
        return true;
    }
}
