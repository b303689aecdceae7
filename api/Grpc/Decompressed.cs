using FleetMonitor.Api.Bounds;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Grpc;

/// <summary>Counts a call's one message where it came compressed: <see cref="MeteredMessages"/> saw less of it.</summary>
internal sealed class Decompressed(BodyBudget budget) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Admit(request, context.GetHttpContext());
        return continuation(request, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Admit(request, context.GetHttpContext());
        return continuation(request, responseStream, context);
    }

    private void Admit(object request, HttpContext context)
    {
        if (context.Request.Headers.GrpcEncoding is not [{ } encoding] || encoding == "identity" || request is not IMessage message) return;
        var bytes = message.CalculateSize();
        var open = MeteredCalls.IsOpen(context.GetEndpoint()!.Metadata);
        if (open && bytes > MeteredMessages.AnonymousBytes) throw new RpcException(GrpcStatus.Of(MeteredMessages.TooLarge(MeteredMessages.AnonymousBytes), context)!.Value);
        if (!open && bytes > MeteredMessages.FreeBytes) budget.Take(context, bytes);
    }
}
