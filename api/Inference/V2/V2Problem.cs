using System.Globalization;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Problems;
using FleetMonitor.Core.Formats;
using FleetMonitor.Inference;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>What goes wrong, as the protocol says it: a status and <c>{"error": …}</c>.</summary>
internal static class V2Problem
{
    public static bool IsPath(PathString path) => path.StartsWithSegments("/v2", StringComparison.Ordinal);

    /// <summary>Answers with what an exception stands for; false for a fault of ours.</summary>
    public static async ValueTask<bool> TryAnswerAsync(HttpContext context, Exception exception)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested) return true;
        if (Of(exception, context) is not { } problem) return false;
        await AnswerAsync(context, problem.Status, problem.Message);
        return true;
    }

    public static Task AnswerAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests) context.Response.Headers.RetryAfter = Problem.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return context.Response.WriteAsJsonAsync(new V2Error(message), ApiJson.Default.V2Error);
    }

    /// <summary>The answer of the framework, in the protocol's shape.</summary>
    public static Task AnswerStatusAsync(HttpContext context) =>
        AnswerAsync(context, context.Response.StatusCode, Problem.OfStatus(context.Response).ProblemDetails is var details ? details.Detail ?? details.Title ?? "" : "");

    private static (int Status, string Message)? Of(Exception exception, HttpContext context) => exception switch
    {
        InferenceException { Failure: var failure } => (failure switch
        {
            InferenceFailure.Invalid => StatusCodes.Status400BadRequest,
            InferenceFailure.NotFound => StatusCodes.Status404NotFound,
            InferenceFailure.Failed => StatusCodes.Status500InternalServerError,
            _ => StatusCodes.Status503ServiceUnavailable,
        }, exception.Message),
        DocumentException => (StatusCodes.Status400BadRequest, exception.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Exceeded(context, StatusCodes.Status413PayloadTooLarge, Bound.BodyBytes, exception.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => Exceeded(context, StatusCodes.Status408RequestTimeout, Bound.BodyRate, exception.Message),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        BoundException bound => Exceeded(context, StatusCodes.Status429TooManyRequests, bound.Bound, bound.Message),
        _ => null,
    };

    private static (int, string) Exceeded(HttpContext context, int status, string bound, string message)
    {
        Bound.Count(context, bound);
        return (status, $"{bound}: {message}");
    }
}
