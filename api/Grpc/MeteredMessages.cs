using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using FleetMonitor.Api.Bounds;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Grpc;

/// <summary>A call's messages as they come: what is there of one counts among the bodies of all requests, and comes at their pace.</summary>
/// <remarks>
/// The framework buffers a message until it is whole, and asks nothing of who sends it slowly. A call of one message holds its room until it is answered; of a
/// stream what was read is given back, and each batch takes its own while it is under way. Between two messages a stream may be silent. Reads one at a time.
/// </remarks>
internal sealed class MeteredMessages(HttpContext context, PipeReader body, MethodType type, bool open, int maxBytes) : PipeReader, IRequestBodyPipeFeature, IDisposable
{
    /// <summary>What a message may have without room: who asks how the server is gets an answer also when there is none.</summary>
    public const int FreeBytes = 4 << 10;

    /// <summary>Largest message of a call that anybody may make.</summary>
    public const int AnonymousBytes = 64 << 10;

    private const int PrefixBytes = 5;

    private const byte CompressedFlag = 1;

    private readonly BodyBudget _budget = context.RequestServices.GetRequiredService<BodyBudget>();
    private readonly BodyPace _pace = BodyPace.Of(context);
    private readonly bool _streams = type is MethodType.ClientStreaming or MethodType.DuplexStreaming;
    private ReadOnlySequence<byte> _there;
    private long _unread;
    private long _taken;

    public PipeReader Reader => this;

    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: there is no room for it, or it is too large. DEADLINE_EXCEEDED: it comes too slowly.</exception>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ReadResult result;
        if (_streams && _unread == 0)
        {
            result = await body.ReadAsync(cancellationToken);
        }
        else
        {
            try
            {
                result = await body.ReadAsync(_pace.Start(cancellationToken));
            }
            catch (OperationCanceledException) when (_pace.IsOver)
            {
                throw Told(_pace.TooSlow());
            }
            _pace.Came(result.Buffer.Length - _unread);
        }
        Admit(result.Buffer);
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!body.TryRead(out result)) return false;
        Admit(result.Buffer);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var left = _there.Slice(consumed).Length;
        if (left < _there.Length)
        {
            _pace.Restart();
            // A call that anybody may make holds no room while it is answered, or it could hold all of it for as long as it likes.
            if (_streams || open) Hold(left);
        }
        (_there, _unread) = (default, left);
        body.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => body.CompleteAsync(exception);

    public void Dispose() => _pace.Dispose();

    private void Admit(in ReadOnlySequence<byte> there)
    {
        try
        {
            if (Flag(there) > CompressedFlag) throw new BadHttpRequestException("expected a message behind a flag of 0, or of 1 where it is compressed");
            if (Announced(there) > maxBytes) throw TooLarge(maxBytes);
            if (there.Length > _taken) Hold(there.Length);
            _there = there;
        }
        catch (Exception exception) when (exception is BoundException or BadHttpRequestException)
        {
            // Whoever is refused room holds none.
            body.AdvanceTo(there.End);
            throw Told(exception);
        }
    }

    private void Hold(long bytes)
    {
        if (bytes <= FreeBytes) bytes = 0;
        if (bytes > _taken) _budget.Take(context, bytes - _taken);
        else if (bytes < _taken) BodyBudget.Give(context, _taken - bytes);
        _taken = bytes;
    }

    /// <summary>What stands before the next message's length; 0 while nothing does.</summary>
    private static byte Flag(in ReadOnlySequence<byte> there) => there.IsEmpty ? (byte)0 : there.Slice(0, 1).FirstSpan[0];

    /// <summary>What the next message says of its length; 0 while it does not.</summary>
    private static uint Announced(in ReadOnlySequence<byte> there)
    {
        if (there.Length < PrefixBytes) return 0;
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        there.Slice(0, PrefixBytes).CopyTo(prefix);
        return BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
    }

    /// <summary>Before a service is asked nobody else would put it into a status.</summary>
    private RpcException Told(Exception exception) => new(GrpcStatus.Of(exception, context)!.Value);

    public static BadHttpRequestException TooLarge(int maxBytes) =>
        new(string.Create(CultureInfo.InvariantCulture, $"expected a message of at most {maxBytes} bytes"), StatusCodes.Status413PayloadTooLarge);
}

internal static class MeteredCalls
{
    public static void UseMeteredMessages(this WebApplication app)
    {
        var most = app.Services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value.MaxReceiveMessageSize!.Value;
        app.Use((context, next) =>
        {
            if (context.GetEndpoint()?.Metadata is { } endpoint && endpoint.GetMetadata<GrpcMethodMetadata>() is { } call)
            {
                var open = IsOpen(endpoint);
                var messages = new MeteredMessages(context, context.Request.BodyReader, call.Method.Type, open, open ? Math.Min(most, MeteredMessages.AnonymousBytes) : most);
                context.Response.RegisterForDispose(messages);
                context.Features.Set<IRequestBodyPipeFeature>(messages);
            }
            return next(context);
        });
    }

    /// <summary>Whether anybody may make the call.</summary>
    public static bool IsOpen(EndpointMetadataCollection endpoint) => endpoint.GetMetadata<IAllowAnonymous>() is not null;
}
