using System.Net;
using FleetMonitor.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static FleetMonitor.Api.Tests.Access.GuardedFleet;

namespace FleetMonitor.Api.Tests.Access;

[Collection(nameof(GuardedFleet))]
public sealed class AccessTests(GuardedFleet guarded)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>What each route asks for.</summary>
    private static readonly Dictionary<string, string> Expected = new(StringComparer.Ordinal)
    {
        ["POST /v1/models/{model}/predictions"] = "ingest",
        ["POST /v1/models/{model}/labels"] = "ingest",
        ["GET /"] = "",
        ["POST /"] = "ingest",
        ["GET /v1/models"] = "read",
        ["GET /v1/models/{model}/"] = "read",
        ["GET /v1/models/{model}/performance"] = "read",
        ["GET /v1/models/{model}/drift"] = "read",
        ["GET /v1/models/{model}/features"] = "read",
        ["GET /v1/models/{model}/features/{**feature}"] = "read",
        ["GET /v1/models/{model}/segments"] = "read",
        ["GET /v1/models/{model}/history"] = "read",
        ["GET /v1/models/{model}/versions"] = "read",
        ["GET /v1/specs"] = "metrics",
        ["PUT /v1/models/{model}/"] = "admin",
        ["DELETE /v1/models/{model}/"] = "admin",
        ["PUT /v1/models/{model}/reference"] = "admin",
        ["POST /v1/models/{model}/rebaseline"] = "admin",
        ["POST /v1/models/{model}/maintenance"] = "admin",
        ["POST /v1/models/{model}/retire"] = "admin",
        ["GET /v2/"] = "any",
        ["GET /v2/models/{model}"] = "any",
        ["GET /v2/models/{model}/ready"] = "any",
        ["GET /v2/models/{model}/versions/{version}"] = "any",
        ["GET /v2/models/{model}/versions/{version}/ready"] = "any",
        ["POST /v2/models/{model}/infer"] = "ingest",
        ["POST /v2/models/{model}/versions/{version}/infer"] = "ingest",
        ["POST /v2/repository/index"] = "read",
        ["POST /v2/repository/models/{model}/load"] = "admin",
        ["POST /v2/repository/models/{model}/unload"] = "admin",
        ["GET /v2/health/live"] = "",
        ["GET /v2/health/ready"] = "",
        ["GET /health/live"] = "",
        ["GET /health/ready"] = "",
        ["GET /metrics"] = "",
        ["GET /metrics/features"] = "",
        ["GET /openapi/{documentName}.json"] = "",
        ["POST /fleetmonitor.v1.MonitorService/RecordPredictions"] = "ingest",
        ["POST /fleetmonitor.v1.MonitorService/RecordLabels"] = "ingest",
        ["POST /fleetmonitor.v1.MonitorService/StreamPredictions"] = "ingest",
        ["POST /fleetmonitor.v1.MonitorService/StreamLabels"] = "ingest",
        ["POST /fleetmonitor.v1.MonitorService/ListModels"] = "read",
        ["POST /fleetmonitor.v1.MonitorService/GetModel"] = "read",
        ["POST /fleetmonitor.v1.MonitorService/GetPerformance"] = "read",
        ["POST /fleetmonitor.v1.MonitorService/GetDrift"] = "read",
        ["POST /inference.GRPCInferenceService/ServerLive"] = "",
        ["POST /inference.GRPCInferenceService/ServerReady"] = "",
        ["POST /inference.GRPCInferenceService/ServerMetadata"] = "any",
        ["POST /inference.GRPCInferenceService/ModelReady"] = "any",
        ["POST /inference.GRPCInferenceService/ModelMetadata"] = "any",
        ["POST /inference.GRPCInferenceService/ModelInfer"] = "ingest",
        ["POST /inference.GRPCInferenceService/RepositoryIndex"] = "read",
        ["POST /inference.GRPCInferenceService/RepositoryModelLoad"] = "admin",
        ["POST /inference.GRPCInferenceService/RepositoryModelUnload"] = "admin",
        ["POST /grpc.health.v1.Health/Check"] = "",
        ["POST /grpc.health.v1.Health/Watch"] = "",
        ["POST /grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"] = "",
        ["POST /grpc.reflection.v1.ServerReflection/ServerReflectionInfo"] = "",
    };

    /// <summary>A new route has to be thought of here; one that names no policy is for admins.</summary>
    [Fact]
    public void Routes_EachAskForTheScopeThatIsMeant()
    {
        var routes = guarded.Fleet.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => !route.RoutePattern.RawText!.StartsWith("{unimplemented", StringComparison.Ordinal) && !route.RoutePattern.RawText.EndsWith("{unimplementedMethod}", StringComparison.Ordinal))
            .SelectMany(route => route.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Where(method => method is not ("OPTIONS" or "HEAD")).Select(method => (method, route)));
        foreach (var (method, route) in routes)
        {
            var name = $"{method} /{route.RoutePattern.RawText!.TrimStart('/')}";
            var policies = string.Join(',', route.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy));
            var asked = route.Metadata.GetMetadata<IAllowAnonymous>() is not null ? "" : policies.Length > 0 ? policies : "admin";
            Assert.True(Expected.TryGetValue(name, out var expected), $"{name} is not in the table");
            Assert.True(asked == expected, $"{name}: expected {expected}, got {asked}");
        }
    }

    /// <summary>By scopes as they are written: "any" is none in particular, "metrics" is read for all models.</summary>
    [Fact]
    public async Task Description_NamesTheScopeOfEachOperation()
    {
        var described = (await guarded.SendAsync("GET", "/openapi/v1.json", null)).Json["paths"]!.AsObject();
        foreach (var (route, policy) in Expected.Where(e => !e.Key.Contains('.', StringComparison.Ordinal)))
        {
            var (method, path) = (route.Split(' ')[0].ToLowerInvariant(), route.Split(' ')[1].Replace("**", "", StringComparison.Ordinal));
            var security = described[path.Length > 1 ? path.TrimEnd('/') : path]![method]!["security"];
            var scopes = policy switch { "" => null, "any" => "[]", "metrics" => """["read"]""", _ => $"""["{policy}"]""" };
            Assert.True(security?[0]!["bearer"]!.ToJsonString() == scopes, $"{route}: {security?.ToJsonString()}");
        }
    }

    [Theory]
    [InlineData("POST", "/v1/models/access/predictions", "ingest", """[{"prediction":"1"}]""")]
    [InlineData("POST", "/v1/models/access/labels", "ingest", """[{"id":"a","label":"1"}]""")]
    [InlineData("POST", "/", "ingest", "{}")]
    [InlineData("GET", "/v1/models", "read", null)]
    [InlineData("GET", "/v1/models/access", "read", null)]
    [InlineData("GET", "/v1/models/access/drift", "read", null)]
    [InlineData("PUT", "/v1/models/access", "admin", "{}")]
    [InlineData("PUT", "/v1/models/access/reference", "admin", "{}")]
    [InlineData("POST", "/v1/models/access/rebaseline", "admin", null)]
    [InlineData("POST", "/v1/models/access/maintenance", "admin", """{"duration":"1h"}""")]
    [InlineData("POST", "/v1/models/access-2/retire", "admin", null)]
    [InlineData("DELETE", "/v1/models/access-2", "admin", null)]
    [InlineData("POST", "/v2/models/logistic/infer", "ingest", "{}")]
    [InlineData("POST", "/v2/repository/index", "read", "{}")]
    [InlineData("POST", "/v2/repository/models/logistic/unload", "admin", "{}")]
    public async Task Request_WithoutTheScope_IsForbiddenByItsName(string method, string path, string scope, string? body)
    {
        (string Scope, string Token)[] callers = [("ingest", IngestToken), ("read", ReadToken), ("admin", AdminToken)];
        foreach (var (has, token) in callers)
        {
            var answer = await guarded.SendAsync(method, path, token, body);
            if (has == scope || has == "admin")
            {
                Assert.NotEqual(HttpStatusCode.Forbidden, answer.Status);
                Assert.NotEqual(HttpStatusCode.Unauthorized, answer.Status);
                continue;
            }
            Assert.Contains("insufficient_scope", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
            var detail = path.StartsWith("/v2", StringComparison.Ordinal) ? (string?)answer.Json["error"] : answer.Detail(HttpStatusCode.Forbidden);
            Assert.Equal($"the token lacks the scope {scope}", detail);
            Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(UnknownToken)]
    [InlineData("")]
    [InlineData("eyJ.a.b")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzY29wZSI6ImFkbWluIn0.")]
    public async Task Request_OfNobody_IsUnauthorized(string? token)
    {
        foreach (var path in (string[])["/v1/models", "/v2", "/v1/models/x/drift", "/nowhere/x/y", "/orleans"])
        {
            var answer = await guarded.SendAsync("GET", path, token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
            Assert.StartsWith("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
            if (path == "/v2") Assert.NotEmpty((string)answer.Json["error"]!);
            else Assert.Contains("token", answer.Detail(HttpStatusCode.Unauthorized), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/v2/health/live")]
    [InlineData("/v2/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/metrics/features")]
    [InlineData("/openapi/v1.json")]
    public async Task Request_ForWhatIsOpen_NeedsNoToken(string path)
    {
        await guarded.Fleet.ModelsAreServedAsync();
        Assert.Equal(HttpStatusCode.OK, (await guarded.SendAsync("GET", path, null)).Status);
        Assert.Equal(HttpStatusCode.OK, (await guarded.SendAsync("GET", path, UnknownToken)).Status);
    }

    [Fact]
    public async Task Request_ForWhatIsNotThere_IsNotFoundForWhoIsKnown()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await guarded.SendAsync("GET", "/nowhere/x/y", ReadToken)).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await guarded.SendAsync("DELETE", "/v1/models", ReadToken)).Status);
    }

    [Fact]
    public async Task Caller_LimitedToModels_SeesNoOthers()
    {
        await guarded.RegisterAsync("credit-one");
        await guarded.RegisterAsync("fraud-one");
        var listed = (await guarded.SendAsync("GET", "/v1/models?sort=name&page_size=500", CreditToken)).Ok();
        Assert.Contains(listed["models"]!.AsArray(), model => (string?)model!["name"] == "credit-one");
        Assert.All(listed["models"]!.AsArray(), model => Assert.StartsWith("credit-", (string)model!["name"]!, StringComparison.Ordinal));
        Assert.Equal(listed["models"]!.AsArray().Count, (int)listed["total"]!);
        Assert.Contains((await guarded.SendAsync("GET", "/v1/models?page_size=500", ReadToken)).Ok()["models"]!.AsArray(), model => (string?)model!["name"] == "fraud-one");

        (await guarded.SendAsync("GET", "/v1/models/credit-one", CreditToken)).Ok();
        // Whether there is such a model is no business of theirs.
        foreach (var path in (string[])["/v1/models/fraud-one", "/v1/models/fraud-none", "/v1/models/fraud-one/drift"])
        {
            Assert.Equal("the token is for other models", (await guarded.SendAsync("GET", path, CreditToken)).Detail(HttpStatusCode.Forbidden));
        }
        Assert.Equal(HttpStatusCode.Forbidden, (await guarded.SendAsync("POST", "/v1/models/fraud-one/predictions", CreditToken, """[{"prediction":"1"}]""")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await guarded.SendAsync("GET", "/v2/models/maps", CreditToken)).Status);
        await guarded.Fleet.ModelsAreServedAsync();
        var index = (await guarded.SendAsync("POST", "/v2/repository/index", CreditToken, "{}")).Ok().AsArray();
        Assert.NotEmpty(index);
        Assert.All(index, model => Assert.Equal("logistic", (string?)model!["name"]));
    }

    [Fact]
    public async Task Events_OfModelsThatTheTokenIsNotFor_AreForbidden()
    {
        static string Event(string service) =>
            $$"""{"specversion":"1.0","type":"org.kubeflow.serving.inference.request","id":"1","source":"/","inferenceservicename":"{{service}}","data":{"instances":[[1]]} }""";
        async Task<Answer> Send(string type, string body) => await guarded.Fleet.SendAsync(
            HttpMethod.Post, "/", System.Text.Encoding.UTF8.GetBytes(body), type, ("Authorization", $"Bearer {CreditToken}"));
        Assert.Equal(HttpStatusCode.OK, (await Send("application/cloudevents+json", Event("credit-one"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Send("application/cloudevents+json", Event("fraud-one"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await Send("application/cloudevents-batch+json", $"[{Event("fraud-one")},{Event("credit-one")}]")).Status);
    }

    [Fact]
    public async Task TokensFile_ThatChanges_IsTakenWithoutARestart_AndABrokenOneLeavesTheOldTokens()
    {
        const string fresh = "fm_fresh-4711";
        var denied = await guarded.MetricAsync("fleetmonitor_access_denied_total{reason=\"invalid\"}");
        Assert.Equal(HttpStatusCode.Unauthorized, (await guarded.SendAsync("GET", "/v1/models", fresh)).Status);
        Assert.Equal(denied + 1, await guarded.MetricAsync("fleetmonitor_access_denied_total{reason=\"invalid\"}"));
        try
        {
            await File.WriteAllTextAsync(guarded.TokensFile, $"{GuardedFleet.Tokens}\nfresh read {Hash(fresh)}\n");
            await UntilAsync(async () => (await guarded.SendAsync("GET", "/v1/models", fresh)).Status == HttpStatusCode.OK);
            Assert.Equal(5, await guarded.MetricAsync("fleetmonitor_access_tokens{}"));

            await File.WriteAllTextAsync(guarded.TokensFile, "fresh everything\n");
            await UntilAsync(async () => await guarded.MetricAsync("fleetmonitor_access_stale{}") == 1);
            Assert.Equal(HttpStatusCode.OK, (await guarded.SendAsync("GET", "/v1/models", fresh)).Status);
            Assert.Contains(guarded.Fleet.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("line 1: expected NAME SCOPES", StringComparison.Ordinal));

            File.Delete(guarded.TokensFile);
            await UntilAsync(() => Task.FromResult(guarded.Fleet.Log.Lines.Any(line => line.Contains("Could not find file", StringComparison.Ordinal))));
            Assert.Equal(HttpStatusCode.OK, (await guarded.SendAsync("GET", "/v1/models", fresh)).Status);
        }
        finally
        {
            await File.WriteAllTextAsync(guarded.TokensFile, GuardedFleet.Tokens);
        }
        await UntilAsync(async () => (await guarded.SendAsync("GET", "/v1/models", fresh)).Status == HttpStatusCode.Unauthorized);
        Assert.Equal(0, await guarded.MetricAsync("fleetmonitor_access_stale{}"));
    }

    [Fact]
    public async Task Logs_OfRequestsWithTokens_TellNone()
    {
        var jwt = guarded.Provider.Token(new Dictionary<string, object> { ["scope"] = "read" });
        foreach (var token in (string[])[IngestToken, ReadToken, AdminToken, UnknownToken, CreditToken, jwt, jwt + "x"])
        {
            await guarded.SendAsync("GET", "/v1/models", token);
            await guarded.SendAsync("POST", "/v1/models/access/predictions", token, "[{]");
            await guarded.SendAsync("POST", "/v1/models/access/predictions", token, """[{"prediction":"secret-4711","features":{"a":"secret-4711"}}]""");
        }
        Assert.NotEmpty(guarded.Fleet.Log.Lines);
        Assert.DoesNotContain(guarded.Fleet.Log.Lines, line => line.Contains("4711", StringComparison.Ordinal) || line.Contains(jwt.Split('.')[2], StringComparison.Ordinal));
    }

    private static Task UntilAsync(Func<Task<bool>> condition) => Wait.UntilAsync(condition, Deadline, () => "the tokens of the file");
}
