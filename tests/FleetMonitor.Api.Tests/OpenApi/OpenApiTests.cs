using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi.Reader;
using Xunit;

namespace FleetMonitor.Api.Tests.OpenApi;

[Collection(nameof(Fleet))]
public sealed partial class OpenApiTests(Fleet fleet)
{
    [Fact]
    public async Task Document_ReadStrictly_HasNoErrors()
    {
        var answer = await fleet.GetAsync("/openapi/v1.json");
        var result = OpenApiModelFactory.Parse(answer.Text, "json");
        Assert.Empty(result.Diagnostic!.Errors);
        Assert.Empty(result.Diagnostic.Warnings);
        Assert.Equal("FleetMonitor", result.Document!.Info.Title);
    }

    [Fact]
    public async Task Document_Paths_AreExactlyTheRoutes()
    {
        var document = await Document();
        var described = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"));
        var routes = fleet.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.DisplayName?.StartsWith("gRPC", StringComparison.Ordinal) != true)
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {Path(e.RoutePattern.RawText!)}"))
            .Where(route => !route.Contains("/openapi/", StringComparison.Ordinal));
        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Document_EveryOperation_SaysWhatItTakesAndAnswers()
    {
        foreach (var (name, operation) in Operations(await Document()))
        {
            Assert.False(string.IsNullOrWhiteSpace((string?)operation["summary"]), $"{name} has no summary");
            Assert.False(string.IsNullOrWhiteSpace((string?)operation["operationId"]), $"{name} has no id");
            foreach (var parameter in operation["parameters"]?.AsArray() ?? []) Assert.False(string.IsNullOrWhiteSpace((string?)parameter!["description"]), $"{name} {parameter["name"]} has no description");
            foreach (var (status, response) in operation["responses"]!.AsObject())
            {
                Assert.False(string.IsNullOrWhiteSpace((string?)response!["description"]) || (string?)response["description"] == "Bad Request", $"{name} {status} has no description");
                if (name.EndsWith("/health/ready", StringComparison.Ordinal)) continue;
                if (name.Contains(" /v2", StringComparison.Ordinal))
                {
                    if (status[0] is '4' or '5' or 'd') Assert.Equal("#/components/schemas/V2Error", (string?)response["content"]!["application/json"]!["schema"]!["$ref"]);
                    continue;
                }
                if (status[0] is '4' or '5' or 'd') Assert.Equal("#/components/schemas/Problem", (string?)response["content"]!["application/problem+json"]!["schema"]!["$ref"]);
                if (status is "503" or "429") Assert.NotNull(response["headers"]!["Retry-After"]);
            }
        }
    }

    [Theory]
    [InlineData("POST /v1/models/{model}/predictions", "200 400 401 403 408 409 413 415 429 503 default", "application/json application/x-ndjson", "model")]
    [InlineData("POST /v1/models/{model}/labels", "200 400 401 403 408 409 413 415 429 503 default", "application/json application/x-ndjson", "model")]
    [InlineData("POST /", "200 400 401 403 408 413 415 429 default", "application/cloudevents+json application/cloudevents-batch+json", "")]
    [InlineData("PUT /v1/models/{model}", "200 400 401 403 408 413 415 429 503 default", "application/json", "model")]
    [InlineData("PUT /v1/models/{model}/reference", "200 400 401 403 408 413 415 429 503 default", "text/csv application/x-ndjson", "model")]
    [InlineData("POST /v1/models/{model}/maintenance", "200 400 401 403 404 408 413 415 429 503 default", "application/json", "model")]
    [InlineData("POST /v1/models/{model}/rebaseline", "200 400 401 403 404 408 409 413 415 429 503 default", "application/json", "model")]
    [InlineData("GET /v1/models/{model}/versions", "200 400 401 403 404 429 503 default", "", "model window")]
    [InlineData("DELETE /v1/models/{model}", "204 400 401 403 404 429 503 default", "", "model")]
    [InlineData("GET /v1/models", "200 400 401 403 429 503 default", "", "sort search team family tier task state page page_size")]
    [InlineData("GET /v1/models/{model}/features/{feature}", "200 400 401 403 404 429 503 default", "", "model feature window")]
    [InlineData("GET /v1/models/{model}/history", "200 400 401 403 404 429 503 default", "", "model step steps")]
    [InlineData("GET /health/ready", "200 503 default", "", "")]
    public async Task Document_AnOperation_HasItsAnswersBodiesAndParameters(string operation, string statuses, string bodies, string parameters)
    {
        var described = Operations(await Document()).Single(o => o.Name == operation).Operation;
        Assert.Equal(statuses, string.Join(' ', described["responses"]!.AsObject().Select(r => r.Key)));
        Assert.Equal(bodies, string.Join(' ', described["requestBody"]?["content"]!.AsObject().Select(b => b.Key) ?? []));
        Assert.Equal(parameters, string.Join(' ', described["parameters"]?.AsArray().Select(p => (string)p!["name"]!) ?? []));
        Assert.All(described["requestBody"]?["content"]!.AsObject() ?? [], body => Assert.NotNull(body.Value!["schema"]!["$ref"]));
    }

    /// <summary>Who tests by it whether tokens are needed would find them not to be.</summary>
    [Fact]
    public async Task Document_OfAServerWithoutTokens_AsksForNone() => Assert.All(Operations(await Document()), o => Assert.Null(o.Operation["security"]));

    [Fact]
    public async Task Document_References_AllLeadSomewhere()
    {
        var document = await Document();
        var references = References(document).Distinct().ToList();
        Assert.Contains("#/components/schemas/Prediction", references);
        foreach (var reference in references)
        {
            JsonNode? node = document;
            foreach (var step in reference[2..].Split('/')) node = node?[step];
            Assert.True(node is not null, $"{reference} leads nowhere");
        }
    }

    private async Task<JsonNode> Document() => (await fleet.GetAsync("/openapi/v1.json")).Json;

    private static IEnumerable<(string Name, JsonNode Operation)> Operations(JsonNode document) =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value!)));

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => m.Key == "$ref" ? [(string)m.Value!] : References(m.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private static string Path(string pattern) => $"/{Parameter().Replace(pattern, "{$1}").Trim('/')}";

    [GeneratedRegex(@"\{\**([a-z]+)\}")]
    private static partial Regex Parameter();
}
