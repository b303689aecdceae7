using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FleetMonitor.Api.OpenApi;

/// <summary>The API's description, <c>/openapi/v1.json</c>: generated from handlers, their comments and their results, with what those cannot say added by transformers.</summary>
public static class FleetOpenApi
{
    internal static void AddFleetOpenApi(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.AddSchemaTransformer<SchemaTransformer>();
        options.AddOperationTransformer<OperationTransformer>();
        options.AddDocumentTransformer<DocumentTransformer>();
    });

    public static void MapFleetOpenApi(this IEndpointRouteBuilder endpoints) => endpoints.MapOpenApi().AllowAnonymous();
}
