using System.Globalization;
using FleetMonitor.Api.Inference.V2;
using FleetMonitor.Api.Problems;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Access;

/// <summary>Tells a caller that is turned away why, in the words of the interface it called: problem details, the inference protocol's error, or a gRPC
/// status.</summary>
internal sealed class AccessAnswers(AccessMetrics metrics) : IAuthorizationMiddlewareResultHandler
{
    private const string Realm = "Bearer realm=\"fleetmonitor\"";

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded) return next(context);
        var reason = authorizeResult.AuthorizationFailure?.FailureReasons.FirstOrDefault()?.Message;
        return authorizeResult.Challenged ? Challenge(context) : Forbid(context, reason ?? "the token does not allow it");
    }

    private Task Challenge(HttpContext context)
    {
        if (JwtAccess.IsAway(context))
        {
            metrics.Deny(Denial.Unknown);
            context.Response.Headers.RetryAfter = Problem.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            return Answer(context, StatusCodes.Status503ServiceUnavailable, StatusCode.Unavailable, "The provider of tokens cannot be asked at the moment; try again.");
        }
        var brought = context.Request.Headers.Authorization.Count > 0;
        metrics.Deny(brought ? Denial.Invalid : Denial.Missing);
        context.Response.Headers.WWWAuthenticate = brought ? $"{Realm}, error=\"invalid_token\"" : Realm;
        var detail = brought ? "the token is not known, or no longer good" : "expected a token in the header Authorization: Bearer TOKEN, got none";
        return Answer(context, StatusCodes.Status401Unauthorized, StatusCode.Unauthenticated, detail);
    }

    private Task Forbid(HttpContext context, string reason)
    {
        metrics.Deny(reason == ScopeHandler.OtherModels ? Denial.Model : Denial.Scope);
        context.Response.Headers.WWWAuthenticate = $"{Realm}, error=\"insufficient_scope\"";
        return Answer(context, StatusCodes.Status403Forbidden, StatusCode.PermissionDenied, reason);
    }

    private static Task Answer(HttpContext context, int status, StatusCode code, string detail)
    {
        if (GrpcAccess.IsCall(context.Request)) return GrpcAccess.EndAsync(context.Response, code, detail);
        if (V2Problem.IsPath(context.Request.Path)) return V2Problem.AnswerAsync(context, status, detail);
        return Problem.Denied(status, detail).ExecuteAsync(context);
    }
}
