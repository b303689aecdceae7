using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace FleetMonitor.Api.OpenApi;

/// <summary>Examples of requests with their answers: see examples.json beside this file, by operation and name.</summary>
/// <remarks>
/// They name the demo's models, or <c>upsell</c> where one would come to harm, which they register before and delete in the end, in the document's order.
/// One name stands at the parameters, at each body and at the answer that go together, so that a tool may send them together. Where there is a body alone, nothing is to be matched.
/// </remarks>
internal static class NamedExamples
{
    private static readonly JsonObject Operations = Documented.Read("examples.json").AsObject();

    public static void AddTo(OpenApiOperation operation)
    {
        foreach (var (name, example) in Operations[operation.OperationId!] as JsonObject ?? [])
        {
            var (parameters, bodies, answers) = (Part(example!, "parameters"), Part(example!, "bodies"), Part(example!, "answers"));
            foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(p => parameters.ContainsKey(p.Name!)))
            {
                (parameter.Examples ??= Named())[name] = Value(parameters[parameter.Name!]!);
            }
            foreach (var (type, body) in bodies)
            {
                var media = operation.RequestBody!.Content![type];
                if (parameters.Count == 0 && answers.Count == 0) media.Example = body!.DeepClone();
                else (media.Examples ??= Named())[name] = Value(body!);
            }
            foreach (var (type, answer) in answers) (operation.Responses!["200"].Content![type].Examples ??= Named())[name] = Value(answer!);
        }
    }

    private static JsonObject Part(JsonNode example, string name) => example[name] as JsonObject ?? [];

    private static Dictionary<string, IOpenApiExample> Named() => new(StringComparer.Ordinal);

    private static OpenApiExample Value(JsonNode value) => new() { Value = value.DeepClone() };
}
