using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Grpc.Core;

namespace FleetMonitor.Api.Grpc.Monitor;

/// <summary>
/// A stream of batches and of their acknowledgements: as many under way at a time as there is room for, answered in the order in which they came.
/// </summary>
/// <remarks>
/// Without room nothing is read: what the client sends stays in HTTP/2's window and then with the client, which waits. Room is made only when an answer is
/// written, so a client that reads
/// no answers is held back too. What one stream holds is therefore bounded: so many batches and their answers.
/// </remarks>
internal static class BatchStream
{
    /// <param name="take">Decodes a batch at once, and answers for it later; throws only what ends the stream.</param>
    /// <param name="stopping">The process goes: what was read is answered for, and the client told to come again.</param>
    public static async Task Run<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses, Func<TRequest, ulong, Task<TResponse>> take,
        int room, ServerCallContext context, CancellationToken stopping)
    {
        using var free = new SemaphoreSlim(room);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        var underWay = Channel.CreateUnbounded<Task<TResponse>>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var answering = Answer();
        ExceptionDispatchInfo? broken = null;
        try
        {
            for (var index = 0UL; await Next(); index++) underWay.Writer.TryWrite(take(requests.Current, index));
        }
        catch (Exception exception)
        {
            broken = ExceptionDispatchInfo.Capture(exception);
        }
        underWay.Writer.Complete();
        await answering;
        if (broken is not null && stopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The server stops; connect again."));
        }
        broken?.Throw();

        async Task<bool> Next()
        {
            await free.WaitAsync(ended.Token);
            return await requests.MoveNext(ended.Token);
        }

        async Task Answer()
        {
            try
            {
                await foreach (var answer in underWay.Reader.ReadAllAsync(CancellationToken.None))
                {
                    await responses.WriteAsync(await answer, context.CancellationToken);
                    free.Release();
                }
            }
            finally
            {
                // With nobody to answer to there is nothing to read for.
                await ended.CancelAsync();
            }
        }
    }
}
