using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Deploy.Tests.Helm;

/// <summary>As much of an API server as helm asks while it renders for an upgrade: which kinds there are, and the objects that are there already.</summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeApiServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    /// <param name="kinds">Objects whose kinds it knows.</param>
    /// <param name="present">Secrets that it holds.</param>
    public static async Task<FakeApiServer> StartAsync(Manifests kinds, params JsonObject[] present)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var answers = Discovery(kinds);
        foreach (var secret in present) answers[$"/api/v1/namespaces/{FleetChart.Namespace}/secrets/{secret.At("metadata").Text("name")}"] = Stored(secret);
        app.Run(http =>
        {
            var found = answers.GetValueOrDefault(http.Request.Path.Value!);
            http.Response.StatusCode = found is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
            http.Response.ContentType = "application/json";
            return http.Response.WriteAsync((found ?? new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Failure", ["reason"] = "NotFound", ["code"] = 404 }).ToJsonString());
        });
        await app.StartAsync();
        return new FakeApiServer(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Dictionary<string, JsonObject> Discovery(Manifests manifests)
    {
        var groups = manifests.Objects.GroupBy(o => o.Text("apiVersion"), o => o.Text("kind")).ToList();
        var answers = new Dictionary<string, JsonObject>(StringComparer.Ordinal)
        {
            ["/version"] = new() { ["major"] = "1", ["minor"] = "36", ["gitVersion"] = "v1.36.0" },
            ["/api"] = new() { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
            ["/apis"] = new() { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. groups.Where(g => g.Key != "v1").Select(g => Group(g.Key))]) },
        };
        foreach (var group in groups)
        {
            var resources = group.Distinct().Select(kind => new JsonObject
            {
                ["name"] = Plural(kind), ["singularName"] = kind.ToLowerInvariant(), ["namespaced"] = true, ["kind"] = kind, ["verbs"] = new JsonArray("get", "create", "patch"),
            });
            answers[group.Key == "v1" ? "/api/v1" : $"/apis/{group.Key}"] = new() { ["kind"] = "APIResourceList", ["groupVersion"] = group.Key, ["resources"] = new JsonArray([.. resources]) };
        }
        return answers;
    }

    private static JsonObject Group(string version)
    {
        var preferred = new JsonObject { ["groupVersion"] = version, ["version"] = version.Split('/')[1] };
        return new() { ["name"] = version.Split('/')[0], ["versions"] = new JsonArray(preferred.DeepClone()), ["preferredVersion"] = preferred };
    }

    private static string Plural(string kind) => kind.ToLowerInvariant() switch
    {
        var name when name.EndsWith('y') => $"{name[..^1]}ies",
        var name when name.EndsWith('s') => $"{name}es",
        var name => $"{name}s",
    };

    /// <summary>As the server holds a Secret: its texts are data, in base 64.</summary>
    private static JsonObject Stored(JsonObject secret)
    {
        var stored = secret.DeepClone().AsObject();
        stored["data"] = new JsonObject(secret.Map("stringData").Select(text => KeyValuePair.Create(text.Key, (JsonNode?)Convert.ToBase64String(Encoding.UTF8.GetBytes(text.Value)))));
        stored.Remove("stringData");
        // By which helm knows its own again.
        stored["metadata"]!["annotations"] = new JsonObject { ["meta.helm.sh/release-name"] = FleetChart.Release, ["meta.helm.sh/release-namespace"] = FleetChart.Namespace };
        return stored;
    }
}
