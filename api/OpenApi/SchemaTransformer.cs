using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace FleetMonitor.Api.OpenApi;

/// <summary>Says how durations are written, whose converter is opaque to the generator, and what values enumerations have.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (type == typeof(TimeSpan))
        {
            Duration(schema);
        }
        else if ((Nullable.GetUnderlyingType(type) ?? type).IsEnum)
        {
            // Whether there may be none at all is said where it is used.
            schema.Type = JsonSchemaType.String;
            schema.Enum = schema.Enum?.Where(value => value is not null && !value.IsJsonNullSentinel()).ToList();
        }
        else if (context.JsonTypeInfo is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element } && schema.Items is null)
        {
            var items = new OpenApiSchema();
            if (element == typeof(TimeSpan)) Duration(items);
            schema.Items = items;
        }
        return Task.CompletedTask;
    }

    private static void Duration(OpenApiSchema schema)
    {
        schema.Type = JsonSchemaType.String;
        schema.Pattern = "^[0-9]{1,9}[smhdw]$";
        schema.Examples = ["1h"];
    }
}
