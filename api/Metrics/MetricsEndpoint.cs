using System.IO.Compression;
using System.IO.Pipelines;
using System.Net.Mime;
using FleetMonitor.Api.Access;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Grains.Series;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace FleetMonitor.Api.Metrics;

/// <summary>Two pages for Prometheus, text format 0.0.4: the application's metrics and the series of the models that live here; and, for a job of its own, the series of their features.</summary>
/// <remarks>
/// The exporter would negotiate a format and an encoding of its own, and text appended to another format breaks a scrape: so it is asked for plain 0.0.4, both parts are written into one pipe,
/// and the whole is compressed if the client likes. The pipe rents its memory: a scrape allocates little, whatever its size.
/// </remarks>
public static class MetricsEndpoint
{
    private const string TextFormat = "text/plain; version=0.0.4; charset=utf-8";
    private const int SegmentBytes = 256 << 10;

    public static void MapMetrics(this IEndpointRouteBuilder endpoints)
    {
        var closed = endpoints.ServiceProvider.GetRequiredService<IOptions<AccessOptions>>().Value.MetricsNeedToken;
        var branch = endpoints.CreateApplicationBuilder();
        branch.UseOpenTelemetryPrometheusScrapingEndpoint(_ => true);
        var exporter = branch.Build();
        endpoints.MapGet("/metrics", (HttpContext context, [FromServices] ModelSeriesRegistry? registry) => Scrape(context, exporter, registry))
            .WithTags("Metrics").WithName("GetMetrics").WithSummary("Metrics for Prometheus: the application's, then the series of every model that lives here.")
            .Produces<string>(contentType: MediaTypeNames.Text.Plain).DisableHttpMetrics().Allow(closed);
        endpoints.MapGet("/metrics/features", (HttpContext context, [FromServices] ModelSeriesRegistry? registry) => ScrapeFeatures(context, registry))
            .WithTags("Metrics").WithName("GetFeatureMetrics").WithSummary("Metrics for Prometheus: the features of the models that live here, the worst first, as many as fit.")
            .Produces<string>(contentType: MediaTypeNames.Text.Plain).DisableHttpMetrics().Allow(closed);
    }

    private static void Allow(this RouteHandlerBuilder endpoint, bool closed)
    {
        endpoint.WithoutBound();
        if (closed) endpoint.RequireAuthorization(Policies.Metrics);
        else endpoint.AllowAnonymous();
    }

    private static async Task Scrape(HttpContext context, RequestDelegate exporter, ModelSeriesRegistry? registry)
    {
        var compress = Accepts(context.Request, "gzip");
        using var place = await EnterAsync(context);
        var pipe = NewPipe();
        await Export(context, exporter, pipe.Writer);
        registry?.WriteTo(pipe.Writer);
        await Send(context, pipe, compress);
    }

    private static async Task ScrapeFeatures(HttpContext context, ModelSeriesRegistry? registry)
    {
        using var place = await EnterAsync(context);
        var pipe = NewPipe();
        registry?.Features.WriteTo(pipe.Writer);
        await Send(context, pipe, Accepts(context.Request, "gzip"));
    }

    private static ValueTask<ScrapeGate.Place> EnterAsync(HttpContext context) => context.RequestServices.GetRequiredService<ScrapeGate>().EnterAsync(context.RequestAborted);

    internal static Pipe NewPipe() => new(new PipeOptions(pauseWriterThreshold: 0, minimumSegmentSize: SegmentBytes, useSynchronizationContext: false));

    internal static async Task Send(HttpContext context, Pipe pipe, bool compress)
    {
        await pipe.Writer.CompleteAsync();
        var response = context.Response;
        response.Headers.Remove(HeaderNames.LastModified);
        response.ContentType = TextFormat;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        using var late = Late(context);
        await using var cutOff = late.Token.UnsafeRegister(static request => ((HttpContext)request!).Abort(), context);
        try
        {
            if (!compress)
            {
                await pipe.Reader.CopyToAsync(response.Body, context.RequestAborted);
                return;
            }
            response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
            await pipe.Reader.CopyToAsync(gzip, context.RequestAborted);
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
        }
    }

    private static CancellationTokenSource Late(HttpContext context) =>
        new(context.RequestServices.GetRequiredService<IOptions<ServerOptions>>().Value.ScrapeTimeout, context.RequestServices.GetRequiredService<TimeProvider>());

    /// <summary>Lets the exporter write into <paramref name="page"/> instead of the response.</summary>
    private static async Task Export(HttpContext context, RequestDelegate exporter, PipeWriter page)
    {
        context.Request.Headers.Accept = "text/plain;version=0.0.4";
        context.Request.Headers.Remove(HeaderNames.AcceptEncoding);
        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(page.AsStream(leaveOpen: true)));
        try
        {
            await exporter(context);
        }
        finally
        {
            context.Features.Set(body);
        }
        if (context.Response.StatusCode != StatusCodes.Status200OK) throw new InvalidOperationException($"The exporter of metrics answered {context.Response.StatusCode}.");
    }

    private static bool Accepts(HttpRequest request, string encoding) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var encodings) && encodings.Any(e => e.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && e.Quality is not 0);
}
