using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace FleetMonitor.Api.OpenApi;

/// <summary>The document's head, and the schemas of what is read without a type: see schemas.json beside this file.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    private static readonly JsonObject Schemas = Read();

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "FleetMonitor",
            Version = "v1",
            Description = "Predictions and labels in; accuracy, confidence, latency and drift of every model out. Errors are problem details (RFC 9457), but for those of the inference protocol. "
                + "What cannot be read as a request is answered 400, a URL beyond its bound 414, headers beyond theirs 431: without a body, since nothing more is known of it.",
        };
        // Whoever reads it knows where it came from; behind a proxy, the server does not.
        document.Servers = null;
        foreach (var (name, schema) in Schemas)
        {
            document.AddComponent<IOpenApiSchema>(name, OpenApiModelFactory.Parse<OpenApiSchema>(schema!.ToJsonString(), OpenApiSpecVersion.OpenApi3_1, document, out _, OpenApiConstants.Json)!);
        }
        document.AddComponent<IOpenApiSecurityScheme>(Documented.SecurityScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "A token of the server's file, or of its OpenID Connect provider, with the scope that an operation names; admin includes the others, and where none is named any will do. A server without either asks for none, and no operation names it.",
        });
        document.Components!.Schemas!.Remove("ProblemDetails");
        return Task.CompletedTask;
    }

    private static JsonObject Read()
    {
        var schemas = Documented.Read("schemas.json").AsObject();
        Shadows(schemas);
        return schemas;
    }

    /// <summary>A shadow is one beside a champion, which is then named: two shapes of a spec, since a schema cannot ask for a member because of another's value.</summary>
    private static void Shadows(JsonObject schemas)
    {
        var split = schemas["Spec"]!.DeepClone();
        var shadow = split.DeepClone();
        shadow["required"] = new JsonArray("champion", "challengers");
        shadow["properties"]!["champion"]!["type"] = "string";
        shadow["properties"]!["challengers"]!["type"] = "string";
        shadow["properties"]!["challengers"]!["enum"] = new JsonArray("shadow");
        schemas["SplitSpec"] = split;
        schemas["ShadowSpec"] = shadow;
        schemas["Spec"] = new JsonObject
        {
            ["description"] = split["description"]!.DeepClone(),
            ["oneOf"] = new JsonArray(new JsonObject { ["$ref"] = "#/components/schemas/SplitSpec" }, new JsonObject { ["$ref"] = "#/components/schemas/ShadowSpec" }),
        };
    }
}
