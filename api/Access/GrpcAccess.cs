using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Access;

/// <summary>Calls that are turned away: before a message is read, and for the model that it names.</summary>
internal static class GrpcAccess
{
    public static bool IsCall(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>An answer of trailers alone: the status is in the first and only frame of headers.</summary>
    public static Task EndAsync(HttpResponse response, StatusCode code, string detail)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)code).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Uri.EscapeDataString(detail);
        return Task.CompletedTask;
    }

    /// <exception cref="RpcException">PERMISSION_DENIED: the caller is limited to other models.</exception>
    public static void RequireModel(this ServerCallContext context, string model)
    {
        if (!Caller.May(context.GetHttpContext(), model)) throw new RpcException(new Status(StatusCode.PermissionDenied, ScopeHandler.OtherModels));
    }
}
