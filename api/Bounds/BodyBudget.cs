using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Bounds;

/// <summary>What the bodies of all requests under way take together. A request's share is given back when its answer is sent: what is decoded from a body is
/// about as large, and lives as long.</summary>
/// <remarks>Nobody waits for room: two that each hold half of it would wait for each other. Who finds none is told so, reads it within a second or so, and
/// comes back.</remarks>
internal sealed class BodyBudget(IOptions<ServerOptions> options)
{
    private long _taken;

    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes room for <paramref name="bytes"/> more of a request.</summary>
    /// <exception cref="BoundException">There is none.</exception>
    public void Take(HttpContext context, long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) > options.Value.MaxMemoryBytes)
        {
            Interlocked.Add(ref _taken, -bytes);
            throw new BoundException(Bound.MemoryBytes, string.Create(
                CultureInfo.InvariantCulture, $"the bodies of the requests under way take all of {options.Value.MaxMemoryBytes} bytes; try again, or send less at a time"));
        }
        if (context.Features.Get<Share>() is not { } share)
        {
            context.Features.Set(share = new Share(this));
            context.Response.RegisterForDispose(share);
        }
        share.Bytes += bytes;
    }

    /// <summary>One request's part. Its request reads alone.</summary>
    private sealed class Share(BodyBudget budget) : IDisposable
    {
        public long Bytes { get; set; }

        public void Dispose()
        {
            Interlocked.Add(ref budget._taken, -Bytes);
            Bytes = 0;
        }
    }
}
