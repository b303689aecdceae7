using FleetMonitor.Api.Bounds;
using FleetMonitor.Core.Formats;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace FleetMonitor.Api.Requests;

/// <summary>A request's body in one pooled buffer, decompressed. Give it back when it is decoded; nothing that outlives the request may refer to it.</summary>
internal readonly struct RequestBody : IDisposable
{
    /// <summary>What a client may compress a body with.</summary>
    public const string Encodings = "gzip, br, deflate";

    /// <summary>A length that a client announces is believed only so far: who sends nothing must not hold much.</summary>
    private const int InitialBytes = 1 << 20;

    private RequestBody(byte[] buffer, int length)
    {
        Buffer = buffer;
        Length = length;
    }

    public int Length { get; }

    public ReadOnlySpan<byte> Span => Buffer.AsSpan(0, Length);

    /// <summary>The pooled array itself, for a reader that needs one; the body is its first <see cref="Length"/> bytes.</summary>
    public byte[] Buffer { get; }

    /// <exception cref="BadHttpRequestException">408: it comes too slowly. 413: larger than <paramref name="maxBytes"/>. 415: an unknown encoding.</exception>
    /// <exception cref="DocumentException">It is not what its encoding says.</exception>
    /// <exception cref="BoundException">There is no room for it at the moment.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, long maxBytes)
    {
        RequireKnownEncoding(request);
        if (request.ContentLength > maxBytes) throw TooLarge();
        var budget = request.HttpContext.RequestServices.GetRequiredService<BodyBudget>();
        var first = (int)Math.Min((request.ContentLength ?? InitialBytes) + 1, InitialBytes);
        budget.Take(request.HttpContext, first);
        var buffer = BodyBuffers.Rent(first);
        var used = 0;
        await using var body = new PacedBody(request);
        try
        {
            while (await body.ReadAsync(buffer.AsMemory(used), request.HttpContext.RequestAborted) is var read and > 0)
            {
                used += read;
                if (used > maxBytes) throw TooLarge();
                if (used < buffer.Length) continue;
                budget.Take(request.HttpContext, used);
                buffer = Grow(buffer, used);
            }
            return new RequestBody(buffer, used);
        }
        catch (Exception exception)
        {
            BodyBuffers.Return(buffer);
            if (NotReadable(exception) is { } wrong) throw wrong;
            throw;
        }
    }

    /// <summary>The body as a stream, for decoders that read row by row and count what they read.</summary>
    public static Stream Open(HttpRequest request, long maxBytes)
    {
        RequireKnownEncoding(request);
        if (request.ContentLength > maxBytes) throw TooLarge();
        var body = new PacedBody(request);
        request.HttpContext.Response.RegisterForDispose(body);
        return body;
    }

    /// <summary>What is wrong with a body that cannot be read; null where it is not the body's fault.</summary>
    /// <remarks>Of the decoders one says so with an InvalidDataException, the others with an InvalidOperationException or an IOException; Kestrel says of
    /// chunks that are none what it says of a broken disk.</remarks>
    public static DocumentException? NotReadable(Exception exception) => exception switch
    {
        BadHttpRequestException or ConnectionResetException or ConnectionAbortedException => null,
        InvalidDataException or InvalidOperationException => new DocumentException($"the body is not what its Content-Encoding says: {exception.Message}", exception),
        IOException => new DocumentException($"the body is not what its headers say: {exception.Message}", exception),
        _ => null,
    };

    public void Dispose() => BodyBuffers.Return(Buffer);

    private static BadHttpRequestException TooLarge() => new("The body is too large.", StatusCodes.Status413PayloadTooLarge);

    private static byte[] Grow(byte[] buffer, int used)
    {
        var larger = BodyBuffers.Rent((int)Math.Min(buffer.Length * 2L, Array.MaxLength));
        buffer.AsSpan(0, used).CopyTo(larger);
        BodyBuffers.Return(buffer);
        return larger;
    }

    /// <summary>The decompression middleware takes off the header of an encoding that it knows; what is still there nobody understood.</summary>
    private static void RequireKnownEncoding(HttpRequest request)
    {
        if (StringValues.IsNullOrEmpty(request.Headers.ContentEncoding) || string.Equals(request.Headers.ContentEncoding, "identity", StringComparison.OrdinalIgnoreCase)) return;
        throw new BadHttpRequestException($"expected a Content-Encoding of {Encodings}, got {request.Headers.ContentEncoding}", StatusCodes.Status415UnsupportedMediaType);
    }
}
