using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Requests;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Ingest;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Ingest;

/// <summary>From a request's bytes to its model's answer. One pass over the body, in a pooled buffer that is back in the pool before the model is called.</summary>
internal sealed class Ingestion(ModelGateway gateway, IngestMetrics metrics, IOptions<FleetApiOptions> options, TimeProvider time)
{
    /// <summary>A batch's columns take at most 8 bytes a row and column, named or not: so many more than the body has bytes that rows may be sparse, and no
    /// more, or a small body could take a lot of memory.</summary>
    public const int SparseCells = 8, FreeCells = 1_000_000;

    private readonly DecodeLimits _limits = options.Value.BatchLimits;

    public async Task<(IngestOutcome? Outcome, ProblemHttpResult? Problem)> Take<TBatch>(string model, HttpRequest request, BatchKind<TBatch> kind)
    {
        var started = time.GetTimestamp();
        if (MediaTypes.Of(request, MediaTypes.Json, MediaTypes.Ndjson) is not { } type)
        {
            return (null, Problem.UnsupportedMediaType(request.ContentType, $"{MediaTypes.Json} or {MediaTypes.Ndjson}"));
        }
        var (identity, error) = BatchIdentity.Read(request.Headers);
        if (error is not null) return (null, Problem.BadRequest(error));

        var decoded = await Decode(request, type, kind);
        if (decoded.Items == 0) return (null, Problem.BadRequest($"expected at least one {kind.Item}, got none"));
        return (await Hand(model, identity, decoded, kind, started), null);
    }

    /// <summary>What a request may bring, whatever its protocol.</summary>
    public DecodeLimits Limits => _limits;

    /// <summary>What a body of so many bytes may bring.</summary>
    public DecodeLimits LimitsOf(int bytes) => _limits with { MaxCells = Math.Min(_limits.MaxCells, FreeCells + (SparseCells * (long)bytes)) };

    /// <summary>Hands what was decoded to its model; it is durable when this returns.</summary>
    /// <param name="started">The time provider's timestamp of the request's first byte.</param>
    public async Task<IngestOutcome> Hand<TBatch>(string model, BatchIdentity? identity, Decoded<TBatch> decoded, BatchKind<TBatch> kind, long started)
    {
        var applied = decoded.Items == decoded.Rejected ? ApplyResult.Nothing : await gateway.Apply(model, kind.Kind, identity, kind.Buffer(decoded.Batch));
        metrics.Answered(kind.Kind, applied, decoded.Rejected);
        metrics.Acknowledged(kind.Name, time.GetElapsedTime(started));
        return IngestOutcome.Of(decoded, applied);
    }

    private async Task<Decoded<TBatch>> Decode<TBatch>(HttpRequest request, string type, BatchKind<TBatch> kind)
    {
        using var body = await RequestBody.ReadAsync(request, options.Value.MaxBodyBytes);
        metrics.Received(kind.Name, body.Length);
        var limits = LimitsOf(body.Length);
        return type == MediaTypes.Ndjson ? kind.Lines(body.Span, limits) : kind.Document(body.Span, limits);
    }
}
