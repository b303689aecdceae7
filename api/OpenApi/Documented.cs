using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.OpenApi;

/// <summary>What an endpoint takes and answers beyond its handler's signature, for the OpenAPI document.</summary>
internal static class Documented
{
    public const string SecurityScheme = "bearer";

    /// <summary>Problems that any endpoint of a model may answer: no such model, none at the moment.</summary>
    private static readonly int[] Model = [StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable];

    public static RouteHandlerBuilder WithModelProblems(this RouteHandlerBuilder endpoint) => endpoint.WithProblems(Model);

    public static RouteHandlerBuilder WithProblems(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses) endpoint.ProducesProblem(status);
        return endpoint;
    }

    /// <summary>A body, and the problems that bodies have.</summary>
    public static RouteHandlerBuilder WithBody(this RouteHandlerBuilder endpoint, params BodyDescription[] bodies) =>
        endpoint.WithMetadata(bodies).WithProblems(StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType);

    /// <summary>A file that lies beside this one.</summary>
    public static JsonNode Read(string file)
    {
        using var stream = typeof(Documented).Assembly.GetManifestResourceStream($"FleetMonitor.Api.OpenApi.{file}")!;
        using var text = new StreamReader(stream);
        return JsonNode.Parse(SchemaPatterns.Fill(text.ReadToEnd()))!;
    }
}

/// <summary>A body that an endpoint reads by itself.</summary>
/// <param name="Schema">The name of a schema of the document.</param>
internal sealed record BodyDescription(string MediaType, string Schema)
{
    /// <summary>Whether the request may come without it.</summary>
    public bool Optional { get; init; }
}
