using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Bounds;

/// <summary>The bounds that Kestrel keeps, before a request reaches anything of ours.</summary>
internal sealed class ServerLimits(IOptions<ServerOptions> options) : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions kestrel)
    {
        var (limits, bounds) = (kestrel.Limits, options.Value);
        limits.MaxConcurrentConnections = bounds.MaxConnections;
        limits.MaxRequestLineSize = bounds.MaxUrlBytes;
        limits.MaxRequestHeadersTotalSize = bounds.MaxHeaderBytes;
        limits.MaxRequestHeaderCount = bounds.MaxHeaders;
        limits.MaxRequestBufferSize = Math.Max(1 << 20, Math.Max(bounds.MaxUrlBytes, bounds.MaxHeaderBytes));
        limits.RequestHeadersTimeout = bounds.HeadersTimeout;
        limits.KeepAliveTimeout = bounds.IdleTimeout;
        limits.MinRequestBodyDataRate = limits.MinResponseDataRate = new MinDataRate(bounds.MinBytesPerSecond, bounds.PaceGrace);
        limits.Http2.MaxStreamsPerConnection = bounds.MaxStreams;
        // A client that says nothing while it holds a stream is asked whether it is still there.
        limits.Http2.KeepAlivePingDelay = bounds.IdleTimeout;
        kestrel.AddServerHeader = false;
    }
}

/// <summary>Counts what Kestrel turns away by itself, which nothing else sees.</summary>
internal sealed class RefusalCount(BoundMetrics metrics, DiagnosticListener diagnostics) : Microsoft.Extensions.Hosting.IHostedService, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";
    private IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = diagnostics.Subscribe(this, name => name == BadRequest);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key != BadRequest || (value.Value as IFeatureCollection)?.Get<IBadRequestExceptionFeature>()?.Error is not Microsoft.AspNetCore.Http.BadHttpRequestException refused) return;
        var bound = refused.StatusCode switch
        {
            StatusCodes.Status414UriTooLong => Bound.UrlBytes,
            StatusCodes.Status431RequestHeaderFieldsTooLarge => Bound.HeaderBytes,
            StatusCodes.Status408RequestTimeout => Bound.BodyRate,
            _ => null,
        };
        if (bound is not null) metrics.Exceeded(bound);
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    public void Dispose() => _subscription?.Dispose();
}
