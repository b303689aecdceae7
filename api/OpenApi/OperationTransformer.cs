using System.Net.Mime;
using System.Text.Json.Nodes;
using FleetMonitor.Api.Access;
using FleetMonitor.Api.Inference.V2;
using FleetMonitor.Api.Models;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Requests;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace FleetMonitor.Api.OpenApi;

/// <summary>Adds to each operation the bodies, headers and query members that its handler reads by itself, the values its parameters may have, and the headers of its answers.</summary>
internal sealed class OperationTransformer(IOptions<AccessOptions> access) : IOpenApiOperationTransformer
{
    private static readonly Dictionary<string, string[]> Values = new(StringComparer.Ordinal)
    {
        ["sort"] = ["trouble", "name", "last_prediction", "predictions"],
        ["step"] = [.. WindowQuery.Steps],
        ["task"] = [.. ModelListEndpoint.Tasks],
        ["state"] = [.. ModelListEndpoint.States],
    };

    private static readonly (string Status, string Description)[] Denials =
    [
        ("401", "There is no token, or not one that is known."),
        ("403", "The token lacks the scope that detail names, or is for other models."),
        ("429", "There is no room for it at the moment, by the bound that is named; try again."),
    ];

    private static readonly Dictionary<string, string> Patterns = new(StringComparer.Ordinal)
    {
        ["model"] = ModelName.Pattern,
        ["window"] = SchemaPatterns.Window,
        ["version"] = SchemaPatterns.ServedVersion,
    };

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var v2 = context.Description.RelativePath?.StartsWith("v2", StringComparison.Ordinal) == true;
        foreach (var parameter in operation.Parameters ?? []) Restrict(parameter);
        var bodies = metadata.OfType<BodyDescription>().ToList();
        if (bodies.Count > 0) operation.RequestBody = Body(bodies, context.Document!);
        if (metadata.OfType<IAuthorizeData>().LastOrDefault() is { Policy: { } policy } && !metadata.OfType<IAllowAnonymous>().Any())
        {
            Guard(operation, policy, v2, context.Document!);
        }
        Everywhere(operation, v2, bodies.Count > 0, context.Document!);
        var responses = new OpenApiResponses();
        foreach (var (status, response) in (operation.Responses ?? []).OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            Describe(status, (OpenApiResponse)response, context.Document!);
            responses.Add(status, response);
        }
        operation.Responses = responses;
        NamedExamples.AddTo(operation);
        return Task.CompletedTask;
    }

    /// <summary>What an endpoint asks of its caller, and how it answers one who does not have it, or who asks too much. A server that knows no tokens asks for none.</summary>
    private void Guard(OpenApiOperation operation, string policy, bool v2, OpenApiDocument document)
    {
        List<string> scopes = policy switch { Policies.Any => [], Policies.Metrics => [Policies.Read], _ => [policy] };
        if (!access.Value.IsOpen) operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Documented.SecurityScheme, document)] = scopes }];
        foreach (var (status, description) in Denials) (operation.Responses ??= []).TryAdd(status, Refusal(description, v2, document));
    }

    /// <summary>How any request is answered that is too slow, or fails.</summary>
    private static void Everywhere(OpenApiOperation operation, bool v2, bool body, OpenApiDocument document)
    {
        var responses = operation.Responses ??= [];
        if (body) responses.TryAdd("408", Refusal("The body came too slowly.", v2, document));
        responses.TryAdd("default", Refusal("Anything else that goes wrong.", v2, document));
    }

    private static OpenApiResponse Refusal(string description, bool v2, OpenApiDocument document) => new()
    {
        Description = description,
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
        {
            [v2 ? MediaTypes.Json : MediaTypeNames.Application.ProblemJson] = new() { Schema = new OpenApiSchemaReference(v2 ? nameof(V2Error) : "Problem", document) },
        },
    };

    private static void Restrict(IOpenApiParameter parameter)
    {
        if (parameter is not OpenApiParameter { Name: { } name, Schema: OpenApiSchema schema } given) return;
        if (name == "model") given.Description = "The model's name.";
        if (Values.TryGetValue(name, out var values)) schema.Enum = [.. values.Select(value => (JsonNode)value)];
        if (Patterns.TryGetValue(name, out var pattern)) schema.Pattern = pattern;
    }

    private static OpenApiRequestBody Body(List<BodyDescription> bodies, OpenApiDocument document) => new()
    {
        Required = !bodies.TrueForAll(body => body.Optional),
        Description = $"May be compressed (Content-Encoding: {RequestBody.Encodings}).",
        Content = bodies.ToDictionary(
            body => body.MediaType,
            body => new OpenApiMediaType { Schema = new OpenApiSchemaReference(body.Schema, document) }),
    };

    private static void Describe(string status, OpenApiResponse response, OpenApiDocument document)
    {
        if (response.Content?.ContainsKey(MediaTypeNames.Application.Octet) == true) Bytes(response);
        if (response.Content?.ContainsKey(MediaTypeNames.Application.ProblemJson) != true) return;
        response.Description = status switch
        {
            "400" => "The request is wrong; detail and errors say where.",
            "404" => "There is no such model, or no such part of it.",
            "409" => "It does not go with what the model is at the moment: it is retired, or a window cannot become its reference.",
            "413" => "The request is too large.",
            "415" => "The body's media type or encoding is none of those expected.",
            "503" => "It cannot be done at the moment; try again.",
            _ => response.Description,
        };
        response.Content[MediaTypeNames.Application.ProblemJson] = new OpenApiMediaType { Schema = new OpenApiSchemaReference("Problem", document) };
        if (status is not ("503" or "429")) return;
        (response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal))["Retry-After"] = new OpenApiHeader
        {
            Description = "Seconds to wait.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Examples = [Problem.RetryAfterSeconds] },
        };
    }

    /// <summary>An inference's answer with outputs as bytes.</summary>
    private static void Bytes(OpenApiResponse response)
    {
        response.Content![MediaTypeNames.Application.Octet] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = "The JSON, which is all that examples show, and behind it the bytes of the outputs that were asked for so." } };
        (response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal))[V2Endpoints.HeaderLength] = new OpenApiHeader
        {
            Description = "How many bytes of the body are JSON, where others come behind it.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "0" },
        };
    }
}
