using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Bounds;

/// <summary>Takes so many requests at a time and no more. What tells of the server's state is let through: it is needed most when there is no room.</summary>
internal sealed class RequestGate(IOptions<ServerOptions> options, BoundMetrics metrics) : IMiddleware
{
    private int _underWay;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Unbounded>() is not null)
        {
            await next(context);
            return;
        }
        try
        {
            if (Interlocked.Increment(ref _underWay) <= options.Value.MaxRequests) await next(context);
            else await Refuse(context);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task Refuse(HttpContext context)
    {
        var detail = string.Create(CultureInfo.InvariantCulture, $"{options.Value.MaxRequests} requests are under way, and no more are taken at a time; try again");
        await Refusal.AnswerAsync(context, metrics, Bound.Requests, detail);
    }
}

/// <summary>Marks endpoints that <see cref="RequestGate"/> does not count.</summary>
internal sealed class Unbounded
{
    public static readonly Unbounded Instance = new();

    private Unbounded() { }
}
