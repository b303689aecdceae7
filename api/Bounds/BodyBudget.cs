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
        Claim(bytes);
        if (context.Features.Get<Share>() is not { } share)
        {
            context.Features.Set(share = new Share(this));
            context.Response.RegisterForDispose(share);
        }
        share.Keep(bytes);
    }

    /// <summary>Gives back some of what a request took, before its answer is sent.</summary>
    public static void Give(HttpContext context, long bytes) => context.Features.Get<Share>()?.Give(bytes);

    /// <summary>Takes room for <paramref name="bytes"/> that are there for as long as the result is: of a stream, whose answer is sent at its end, a batch.</summary>
    /// <exception cref="BoundException">There is none.</exception>
    public Room Hold(long bytes)
    {
        Claim(bytes);
        return new Room(this, bytes);
    }

    private void Claim(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= options.Value.MaxMemoryBytes) return;
        Interlocked.Add(ref _taken, -bytes);
        throw new BoundException(Bound.MemoryBytes, string.Create(
            CultureInfo.InvariantCulture, $"the bodies of the requests under way take all of {options.Value.MaxMemoryBytes} bytes; try again, or send less at a time"));
    }

    internal readonly struct Room(BodyBudget budget, long bytes) : IDisposable
    {
        public void Dispose() => Interlocked.Add(ref budget._taken, -bytes);
    }

    /// <summary>One request's part. A read of a stream may still be under way when the answer is sent.</summary>
    private sealed class Share(BodyBudget budget) : IDisposable
    {
        private readonly Lock _gate = new();
        private long _bytes;
        private bool _given;

        /// <summary>Keeps what was claimed; gives it back at once where the answer is sent.</summary>
        public void Keep(long bytes)
        {
            lock (_gate)
            {
                if (_given) Interlocked.Add(ref budget._taken, -bytes);
                else _bytes += bytes;
            }
        }

        public void Give(long bytes)
        {
            lock (_gate)
            {
                if (_given) return;
                _bytes -= bytes;
                Interlocked.Add(ref budget._taken, -bytes);
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                Interlocked.Add(ref budget._taken, -_bytes);
                (_bytes, _given) = (0, true);
            }
        }
    }
}
