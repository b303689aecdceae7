using System.Globalization;
using System.Net.Mime;
using FleetMonitor.Api.Access;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Requests;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Repository;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>The Open Inference Protocol, version 2, over HTTP, with the binary tensor extension and the repository's.</summary>
/// <remarks>A request's Content-Type is not looked at: the protocol's clients send what they like, or none.</remarks>
public static class V2Endpoints
{
    /// <summary>How much of a body is JSON where tensors come behind it.</summary>
    public const string HeaderLength = "Inference-Header-Content-Length";

    public static void MapV2(this IEndpointRouteBuilder endpoints)
    {
        var limit = new BodyLimit(endpoints.ServiceProvider.GetRequiredService<IOptions<FleetApiOptions>>().Value.MaxBodyBytes);
        var v2 = endpoints.MapGroup("/v2").WithTags("Inference").WithMetadata(limit).AddEndpointFilter(Answer);
        v2.MapGet("", Metadata).RequireAuthorization(Policies.Any).WithName("GetServerMetadata");
        v2.MapGet("/health/live", Live).AllowAnonymous().WithoutBound().WithName("GetServerLive").DisableHttpMetrics();
        v2.MapGet("/health/ready", Ready).AllowAnonymous().WithoutBound().WithName("GetServerReady").Produces<ServerHealth>(StatusCodes.Status503ServiceUnavailable).DisableHttpMetrics();
        foreach (var (path, suffix) in new[] { ("/models/{model}", ""), ("/models/{model}/versions/{version}", "Version") })
        {
            v2.MapGet(path, Model).RequireAuthorization(Policies.Any).WithName($"GetInferenceModel{suffix}").WithV2Errors(StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable);
            v2.MapGet($"{path}/ready", ModelReady).RequireAuthorization(Policies.Any).WithName($"GetModel{suffix}Ready").WithV2Errors(StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable);
            v2.MapPost($"{path}/infer", Infer).RequireAuthorization(Policies.Ingest).WithName($"Infer{suffix}")
                .Produces<InferAnswer>(StatusCodes.Status200OK, MediaTypes.Json, MediaTypeNames.Application.Octet)
                .WithV2Errors(
                    StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType,
                    StatusCodes.Status500InternalServerError, StatusCodes.Status503ServiceUnavailable)
                .WithMetadata(new BodyDescription(MediaTypes.Json, "InferRequest"));
        }
        v2.MapPost("/repository/index", Index).RequireAuthorization(Policies.Read).WithName("GetRepositoryIndex")
            .WithV2Errors(StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType)
            .WithMetadata(new BodyDescription(MediaTypes.Json, "RepositoryQuery") { Optional = true });
        // Who follows the description leaves the model loaded.
        v2.MapPost("/repository/models/{model}/unload", Unload).RequireAuthorization(Policies.Admin).WithName("UnloadModel").WithV2Errors(StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable);
        v2.MapPost("/repository/models/{model}/load", Load).RequireAuthorization(Policies.Admin).WithName("LoadModel").WithV2Errors(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>What the server is and which extensions of the protocol it knows.</summary>
    /// <response code="200">The server.</response>
    internal static Ok<ServerMetadata> Metadata() => TypedResults.Ok(new ServerMetadata(ModelDescriptions.Server, ModelDescriptions.ServerVersion, ModelDescriptions.Extensions));

    /// <summary>Whether the inference server takes requests. It asks nobody.</summary>
    /// <response code="200">It does.</response>
    internal static Ok<ServerHealth> Live(ModelRepository repository) => TypedResults.Ok(new ServerHealth(true, repository.Unready is null, null));

    /// <summary>Whether every model of the repository answers. Whether batches can be kept is /health/ready's to say.</summary>
    /// <response code="200">They do.</response>
    /// <response code="503">One does not; the error says which and why.</response>
    internal static Results<Ok<ServerHealth>, JsonHttpResult<ServerHealth>> Ready(ModelRepository repository, IHostApplicationLifetime lifetime)
    {
        var reason = lifetime.ApplicationStopping.IsCancellationRequested ? "stopping" : repository.Unready;
        return reason is null ? TypedResults.Ok(new ServerHealth(true, true, null)) : TypedResults.Json(new ServerHealth(true, false, reason), statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>What a model takes and gives.</summary>
    /// <param name="version">One of its versions; without it the newest that answers.</param>
    /// <response code="200">The model.</response>
    /// <response code="404">There is no such model or version.</response>
    /// <response code="503">It does not answer; the error says why.</response>
    internal static Ok<ModelMetadata> Model(string model, string? version, ModelRepository repository) => TypedResults.Ok(ModelDescriptions.Describe(repository, model, version));

    /// <summary>Whether a model answers.</summary>
    /// <param name="version">One of its versions; without it any.</param>
    /// <response code="200">It does.</response>
    /// <response code="404">There is no such model or version.</response>
    /// <response code="503">It does not answer; the error says why.</response>
    internal static Ok<ModelReadiness> ModelReady(string model, string? version, ModelRepository repository) => TypedResults.Ok(new ModelReadiness(repository.Get(model, version).Name, true));

    /// <summary>Has a model answer. What it answers goes to its monitor under the request's id, row by row under <c>ID-ROW</c> where there are
    /// several.</summary>
    /// <remarks>
    /// Tensors come as JSON, flat or nested, or as bytes behind it; then the header Inference-Header-Content-Length says how many bytes of the body are JSON. Without an id one is made and returned.
    /// </remarks>
    /// <param name="version">One of its versions; without it the newest that answers.</param>
    /// <response code="200">The answer.</response>
    /// <response code="400">The request does not fit the model; the error says where.</response>
    /// <response code="404">There is no such model or version.</response>
    /// <response code="413">The request is too large.</response>
    /// <response code="415">The body's encoding is none of those expected.</response>
    /// <response code="500">The model failed on it.</response>
    /// <response code="503">The model is not ready, its queue is full, or it took too long; try again.</response>
    internal static async Task Infer(string model, string? version, HttpContext context, Inferring inferring, ModelRepository repository, IOptions<FleetApiOptions> api, IOptions<InferenceApiOptions> options)
    {
        // Of a model that is not there nothing else need be said, nor read.
        _ = repository.Get(model, version);
        using var request = await ReadAsync(context.Request, api.Value.MaxBodyBytes, options.Value.MaxElements);
        using var inference = await inferring.RunAsync(model, version, request.Id, request.Inputs, context.RequestAborted);
        using var answer = new AnswerBuffer();
        var json = InferWriter.Write(answer, inference, request);
        var response = context.Response;
        response.ContentLength = answer.Length;
        if (json == answer.Length)
        {
            response.ContentType = MediaTypes.JsonUtf8;
        }
        else
        {
            response.ContentType = MediaTypeNames.Application.Octet;
            response.Headers[HeaderLength] = json.ToString(CultureInfo.InvariantCulture);
        }
        await response.BodyWriter.WriteAsync(answer.Memory, context.RequestAborted);
        inferring.Monitor(inference);
    }

    /// <summary>Every model of the repository, and why one that does not answer does not.</summary>
    /// <response code="200">The models, a line a version.</response>
    /// <response code="400">The body is not what was expected.</response>
    internal static async Task<Ok<RepositoryModel[]>> Index(HttpRequest request, ModelRepository repository, IOptions<FleetApiOptions> api)
    {
        using var body = await RequestBody.ReadAsync(request, api.Value.MaxBodyBytes);
        return TypedResults.Ok(ModelDescriptions.Index(repository, IndexRequest.ReadyOnly(body.Span), request.HttpContext));
    }

    /// <summary>Loads a model from its folder, anew if it is loaded.</summary>
    /// <response code="200">It is served.</response>
    /// <response code="400">It cannot be served; the error says why.</response>
    /// <response code="404">The repository has no such model.</response>
    internal static async Task<Ok> Load(string model, ModelRepository repository)
    {
        await repository.LoadAsync(model);
        return TypedResults.Ok();
    }

    /// <summary>Unloads a model until it is loaded by command. Requests that it has are answered first.</summary>
    /// <response code="200">It is gone.</response>
    /// <response code="404">The repository has no such model.</response>
    internal static async Task<Ok> Unload(string model, ModelRepository repository)
    {
        await repository.UnloadAsync(model);
        return TypedResults.Ok();
    }

    private static async ValueTask<InferRequest> ReadAsync(HttpRequest request, long maxBytes, int maxElements)
    {
        using var body = await RequestBody.ReadAsync(request, maxBytes);
        return InferReader.Read(body.Span, JsonLength(request, body.Length), maxElements);
    }

    private static int JsonLength(HttpRequest request, int bodyLength)
    {
        var header = request.Headers[HeaderLength];
        if (header.Count == 0) return bodyLength;
        return header.Count == 1 && int.TryParse(header[0], NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= bodyLength
            ? length
            : throw new InferenceException(InferenceFailure.Invalid, $"{HeaderLength}: expected 0 to {bodyLength}, the body's length");
    }

    /// <summary>Puts what goes wrong into the protocol's words.</summary>
    private static async ValueTask<object?> Answer(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception exception)
        {
            if (context.HttpContext.Response.HasStarted || !await V2Problem.TryAnswerAsync(context.HttpContext, exception)) throw;
            return Results.Empty;
        }
    }

    private static RouteHandlerBuilder WithV2Errors(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses) endpoint.Produces<V2Error>(status);
        return endpoint;
    }
}
