using System.Text.Json;
using System.Text.RegularExpressions;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Requests;
using FleetMonitor.Core.Formats;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Storage;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FleetMonitor.Api.Problems;

/// <summary>The problem details (RFC 9457) of everything that goes wrong, with words that say what to do about it.</summary>
internal static partial class Problem
{
    /// <summary>How long a client waits before it tries again what cannot be done now, in seconds.</summary>
    public const int RetryAfterSeconds = 1;

    /// <summary>What the framework has no link for.</summary>
    private const string TooManyRequests = "https://tools.ietf.org/html/rfc6585#section-4";

    public static ProblemHttpResult BadRequest(string detail, params ReadOnlySpan<KeyValuePair<string, object?>> members) => Of(StatusCodes.Status400BadRequest, detail, members);

    public static ProblemHttpResult Conflict(string detail) => Of(StatusCodes.Status409Conflict, detail);

    public static ProblemHttpResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, detail);

    public static ProblemHttpResult UnsupportedMediaType(string? contentType, string expected) =>
        Of(StatusCodes.Status415UnsupportedMediaType, $"expected a body of {expected}, got {(string.IsNullOrEmpty(contentType) ? "no Content-Type" : contentType)}");

    public static ProblemHttpResult TooLarge(long bytes) => Of(StatusCodes.Status413PayloadTooLarge, FormattableString.Invariant($"expected a body of at most {bytes} bytes, after decompression too"));

    /// <summary>For who is not known, or may not.</summary>
    public static ProblemHttpResult Denied(int status, string detail) => Of(status, detail);

    /// <summary>The problem of an answer that the framework gave without words. The client's Accept has no say: what goes wrong is problem details for everyone.</summary>
    public static ProblemHttpResult OfStatus(HttpResponse response) => TypedResults.Problem(
        response.StatusCode switch
        {
            StatusCodes.Status404NotFound => "There is no such path.",
            StatusCodes.Status405MethodNotAllowed => $"expected {response.Headers.Allow}, got {response.HttpContext.Request.Method}",
            _ => null,
        },
        statusCode: response.StatusCode);

    /// <summary>The problem that an exception stands for; null for a fault of ours.</summary>
    public static ProblemHttpResult? Of(Exception exception, HttpContext context) => exception switch
    {
        ModelNotFoundException => NotFound(exception.Message),
        ModelRetiredException => Of(StatusCodes.Status409Conflict, exception.Message),
        ModelCommandException => BadRequest(exception.Message),
        ModelBoundException bound => Of(StatusCodes.Status429TooManyRequests, bound.Message).Exceeded(context, bound.Bound),
        BoundException bound => Of(StatusCodes.Status429TooManyRequests, bound.Message).Exceeded(context, bound.Bound),
        ModelUnavailableException { Bound: { } bound } => Of(StatusCodes.Status503ServiceUnavailable, exception.Message).Exceeded(context, bound),
        ModelUnavailableException or StoreException => Of(StatusCodes.Status503ServiceUnavailable, exception.Message),
        // What the runtime says names addresses of silos, which are no business of a client.
        _ when IsUnreachable(exception, context.RequestAborted) => Of(StatusCodes.Status503ServiceUnavailable, "The model cannot be reached at the moment; try again."),
        DocumentException document => BadRequest(document.Message, [.. Place(document)]),
        LimitException limit => Of(StatusCodes.Status413PayloadTooLarge, $"{exception.Message}; send it in parts").Exceeded(context, Bound.OfDecoder(limit.Limit)),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => context.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.Metadata.GetMetadata<BodyLimit>() is { } limit
            ? TooLarge(limit.Bytes).Exceeded(context, limit.Bound)
            : Of(StatusCodes.Status413PayloadTooLarge, exception.Message).Exceeded(context, Bound.BodyBytes),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } slow => Of(slow.StatusCode, slow.Message).Exceeded(context, Bound.BodyRate),
        BadHttpRequestException bad => Of(bad.StatusCode, InWordsOfTheQuery(bad.Message)),
        _ => null,
    };

    /// <summary>Whether a model could not be asked, or has not answered in time: its silo is gone or leaving, or its activation takes too long, which the runtime tells of as cancelled.</summary>
    /// <param name="cancelled">What the caller itself would cancel by.</param>
    public static bool IsUnreachable(Exception exception, CancellationToken cancelled) =>
        exception is SiloUnavailableException or OrleansMessageRejectionException or TimeoutException || (exception is OperationCanceledException && !cancelled.IsCancellationRequested);

    private static ProblemHttpResult Of(int status, string detail, params ReadOnlySpan<KeyValuePair<string, object?>> members) =>
        TypedResults.Problem(detail, statusCode: status, type: status == StatusCodes.Status429TooManyRequests ? TooManyRequests : null, extensions: members.IsEmpty ? null : [.. members]);

    /// <summary>The framework names our types and parameters where a client knows only the query's.</summary>
    private static string InWordsOfTheQuery(string message) => Binding().Match(message) is { Success: true } match
        ? $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups["name"].Value)}: expected a whole number, got \"{match.Groups["value"].Value}\""
        : message;

    [GeneratedRegex("^Failed to bind parameter \"Nullable<int> (?<name>[A-Za-z_]+)\" from \"(?<value>.{0,40}).*\"\\.$", RegexOptions.Singleline)]
    private static partial Regex Binding();

    private static IEnumerable<KeyValuePair<string, object?>> Place(DocumentException exception)
    {
        if (exception.ByteOffset is { } offset) yield return new("byte_offset", offset);
        if (exception.Line is { } line) yield return new("line", line);
    }
}
