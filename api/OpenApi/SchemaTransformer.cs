using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace FleetMonitor.Api.OpenApi;

/// <summary>Says how durations are written: their converter is opaque to the generator.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    public const string DurationPattern = "^[0-9]+[smhd]$";

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type == typeof(TimeSpan))
        {
            schema.Type = JsonSchemaType.String;
            schema.Pattern = DurationPattern;
            schema.Examples = ["1h"];
        }
        else if (context.JsonTypeInfo.Type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
        }
        return Task.CompletedTask;
    }
}
