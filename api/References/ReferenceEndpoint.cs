using FleetMonitor.Api.Access;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Requests;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.References;

/// <summary>What became of an uploaded reference.</summary>
/// <param name="Accepted">Rows in it.</param>
/// <param name="Rejected">Rows left out; see the errors.</param>
/// <param name="Errors">The first 100 rows left out, in the file's order.</param>
/// <param name="Reference">The reference in force from now on.</param>
public sealed record ReferenceResult(int Accepted, int Rejected, IReadOnlyList<ItemProblem> Errors, ReferenceDescription? Reference);

/// <summary>Uploads the window that live ones are compared with; it replaces the one in force and restarts the drift windows.</summary>
internal static class ReferenceEndpoint
{
    /// <summary>What a log entry adds to its body, and then some.</summary>
    private const int EntryOverhead = 4_096;

    public static void MapReference(this IEndpointRouteBuilder model)
    {
        var limit = new BodyLimit(model.ServiceProvider.GetRequiredService<IOptions<FleetApiOptions>>().Value.MaxReferenceBytes, Bound.ReferenceBytes);
        model.MapPut("/reference", Put).RequireAuthorization(Policies.Admin).WithName("PutReference").WithMetadata(limit)
            .WithProblems(StatusCodes.Status503ServiceUnavailable)
            .WithBody(new BodyDescription(MediaTypes.Csv, "Table"), new BodyDescription(MediaTypes.Ndjson, "ReferenceLines"));
    }

    /// <summary>Uploads the reference that a model's windows are compared with; a name that is new registers the model.</summary>
    /// <remarks>
    /// Rows are predictions with, where known, their labels. Parquet (application/vnd.apache.parquet) with flat columns is taken as well. In tables, columns are found by their names (prediction, score, label, id,
    /// time, probability:CLASS) or by the query: prediction, score, label, id, time and probability.CLASS (once a class) name a column, ignore (columns to leave out) and categorical (features that are categorical
    /// even if they look like numbers) name several, separated by commas. The others are features. Rows that are wrong are left out and listed; with none good it is a 400 with the same list, and the old reference stays.
    /// </remarks>
    /// <response code="200">The reference is in force, and the drift windows start again.</response>
    internal static async Task<Results<Ok<ReferenceResult>, ProblemHttpResult>> Put(string model, HttpRequest request, ModelGateway gateway, ReferenceGate gate, IOptions<FleetApiOptions> options)
    {
        using var place = gate.Enter();
        if (MediaTypes.Of(request, MediaTypes.Csv, MediaTypes.Ndjson, MediaTypes.Parquet) is not { } type)
        {
            return Problem.UnsupportedMediaType(request.ContentType, $"{MediaTypes.Csv}, {MediaTypes.Ndjson} or {MediaTypes.Parquet}");
        }
        var (mapping, error) = ReferenceMapping.Read(request.Query);
        if (error is not null) return Problem.BadRequest(error);
        if (type == MediaTypes.Ndjson && request.Query.Count > 0) return Problem.BadRequest($"{request.Query.First().Key}: columns are mapped in tables only, {MediaTypes.Csv} and {MediaTypes.Parquet}");

        var decoded = await Decode(request, type, mapping, await Spec(gateway, model), options.Value);
        if (decoded.Items == 0) return Problem.BadRequest("expected at least one row, got none");
        if (decoded.Batch.Buffer.Length > FleetStore.MaxBodyBytes - EntryOverhead) throw new LimitException("bytes in columns", FleetStore.MaxBodyBytes - EntryOverhead);
        var applied = decoded.Items == decoded.Rejected ? ApplyResult.Nothing : await gateway.Apply(model, LogEntryKind.Reference, null, decoded.Batch.Buffer, request.HttpContext.Caller());
        var outcome = IngestOutcome.Of(decoded, applied);
        if (outcome.NoneGood) return Problem.BadRequest("no row was accepted", new("accepted", 0), new("rejected", outcome.Rejected), new("errors", outcome.Errors));
        var description = await gateway.Model(model).Describe();
        return TypedResults.Ok(new ReferenceResult(applied.Accepted, outcome.Rejected, outcome.Errors, description.Reference));
    }

    private static async Task<Decoded<PredictionBatch>> Decode(HttpRequest request, string type, CsvMapping mapping, ModelSpec? spec, FleetApiOptions options)
    {
        var limits = options.ReferenceLimits;
        var cancellation = request.HttpContext.RequestAborted;
        if (type == MediaTypes.Parquet)
        {
            using var body = await RequestBody.ReadAsync(request, options.MaxReferenceBytes);
            await using var bytes = new ParquetBytes(body.Buffer, body.Length);
            return await ParquetReference.DecodeAsync(bytes, mapping, spec, limits, cancellation);
        }
        try
        {
            return type == MediaTypes.Csv
                ? await ReferenceCsv.DecodeAsync(RequestBody.Open(request, options.MaxReferenceBytes), mapping, spec, limits, cancellation)
                : await ReferenceNdjson.DecodeAsync(RequestBody.Open(request, options.MaxReferenceBytes), limits, cancellation);
        }
        catch (Exception exception) when (RequestBody.NotReadable(exception) is { } wrong)
        {
            throw wrong;
        }
    }

    /// <summary>A reference may come before anything else is known of its model.</summary>
    private static async Task<ModelSpec?> Spec(ModelGateway gateway, string model)
    {
        try
        {
            return (await gateway.Model(model).Describe()).Spec;
        }
        catch (ModelNotFoundException)
        {
            return null;
        }
    }
}
