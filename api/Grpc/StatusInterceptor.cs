using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Api.Grpc;

/// <summary>Turns exceptions that stand for a problem of the request or of the moment into their status. What else a service throws is a fault: logged, and UNKNOWN to the client.</summary>
/// <remarks>The framework's own line about a call that failed is turned off: it cannot tell a fault from bytes that are no message, of which a client may send any number.</remarks>
internal sealed partial class StatusInterceptor(ILogger<StatusInterceptor> logger) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        Told(context, () => continuation(request, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        Told(context, () => Untyped(continuation(request, responseStream, context)));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        Told(context, () => continuation(requestStream, context), streams: true);

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        Told(context, () => Untyped(continuation(requestStream, responseStream, context)), streams: true);

    private static async Task<bool> Untyped(Task task)
    {
        await task;
        return true;
    }

    /// <param name="streams">Whether the service reads its messages itself: one that is none, or framed wrongly, then comes as an exception from the stream.</param>
    private async Task<T> Told<T>(ServerCallContext context, Func<Task<T>> call, bool streams = false)
    {
        UnreadCalls.IsAsked(context.GetHttpContext());
        try
        {
            return await call();
        }
        catch (Exception exception) when (exception is IOException || (exception is OperationCanceledException or InvalidOperationException && context.CancellationToken.IsCancellationRequested))
        {
            // The server itself tells the client of its deadline; otherwise nobody waits for an answer, and nothing can be read or written any more.
            throw new RpcException(new Status(StatusCode.Cancelled, "The call was cancelled."));
        }
        catch (Exception exception) when (streams && exception is InvalidProtocolBufferException or InvalidDataException or RpcException { StatusCode: StatusCode.Internal })
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"not a stream of messages: {(exception as RpcException)?.Status.Detail ?? exception.Message}"));
        }
        catch (Exception exception) when (exception is not RpcException && GrpcStatus.Of(exception, context.GetHttpContext()) is { } status)
        {
            throw new RpcException(status);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            LogFault(context.Method, exception);
            throw new RpcException(new Status(StatusCode.Unknown, "The server failed; its log says how."));
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Call {Method} failed")]
    private partial void LogFault(string method, Exception exception);
}
