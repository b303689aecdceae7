using System.Globalization;
using FleetMonitor.Api.Access;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FleetMonitor.Api.Grpc;

/// <summary>
/// Calls that end before a service is asked: their frames are none, end early, do not decompress, or hold no message. The framework takes that for a fault of the server (UNKNOWN, INTERNAL); it is the client's mistake.
/// </summary>
internal static class UnreadCalls
{
    private const string StatusName = "grpc-status", MessageName = "grpc-message";

    private static readonly object Asked = new();

    public static void UseStatusOfUnreadCalls(this WebApplication app) => app.Use(async (context, next) =>
    {
        await next(context);
        if (!GrpcAccess.IsCall(context.Request) || context.Items.ContainsKey(Asked)) return;
        if (Status(context.Response) is not { } told || told[StatusName] is not [var status] || !IsFault(status)) return;
        told[StatusName] = ((int)StatusCode.InvalidArgument).ToString(CultureInfo.InvariantCulture);
        told[MessageName] = Uri.EscapeDataString("the call is no message of the method, or not framed as one");
    });

    /// <summary>From here on what goes wrong is the service's.</summary>
    public static void IsAsked(HttpContext context) => context.Items[Asked] = Asked;

    /// <summary>Where the status is while it can still be another.</summary>
    private static IHeaderDictionary? Status(HttpResponse response) =>
        response.HasStarted ? response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : response.Headers;

    private static bool IsFault(string? status) =>
        int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && (StatusCode)code is StatusCode.Unknown or StatusCode.Internal;
}
