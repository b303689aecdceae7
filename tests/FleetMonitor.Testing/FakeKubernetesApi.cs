using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Testing;

/// <summary>A server that answers about ConfigMaps as a Kubernetes API server does, over plain HTTP on loopback, and fails as one when it is told to.</summary>
/// <remarks>
/// It knows list, get, create, update and delete of <c>/api/v1/namespaces/{namespace}/configmaps</c>. A replaced map must carry the resourceVersion it was
/// read with, or none; resource versions rise over all maps; more than 1 MiB of data is refused. Errors are <c>Status</c> objects. Watches, patches and
/// other kinds of objects are not there.
/// </remarks>
public sealed class FakeKubernetesApi : IAsyncDisposable
{
    private const int MaxDataBytes = 1 << 20;

    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Namespace, string Name), JsonObject> _maps = [];
    private readonly List<ApiCall> _calls = [];
    private readonly CancellationTokenSource _ended = new();
    private long _revision = 1_000;

    private FakeKubernetesApi(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    /// <summary>Asked at each call: what is to go wrong with it. From several threads, one after the other.</summary>
    public Func<ApiCall, ApiFault> Fault { get; set; } = _ => ApiFault.None;

    /// <summary>Asked at each call: whether its caller has the right; without it is 403.</summary>
    public Func<ApiCall, bool> Allow { get; set; } = _ => true;

    /// <summary>Told of each map that was created or replaced, one after the other.</summary>
    public Action<JsonObject> Stored { get; set; } = _ => { };

    /// <summary>The bearer token that callers must bring; null: none.</summary>
    public string? Token { get; set; }

    /// <summary>What a 429 says in Retry-After, in seconds.</summary>
    public int RetryAfterSeconds { get; set; } = 1;

    /// <summary>Every call so far, in their order.</summary>
    public IReadOnlyList<ApiCall> Calls
    {
        get
        {
            lock (_gate) return [.. _calls];
        }
    }

    public static async Task<FakeKubernetesApi> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var api = new FakeKubernetesApi(app);
        app.Run(api.AnswerAsync);
        await app.StartAsync();
        return api;
    }

    /// <summary>The map as the server holds it, or null.</summary>
    public JsonObject? Find(string space, string name)
    {
        lock (_gate) return _maps.GetValueOrDefault((space, name))?.DeepClone().AsObject();
    }

    /// <summary>Changes a map behind its clients' backs, under a new resourceVersion.</summary>
    public void Edit(string space, string name, Action<JsonObject> change)
    {
        lock (_gate)
        {
            change(_maps[(space, name)]);
            Stamp(_maps[(space, name)]);
        }
    }

    /// <summary>Deletes a map behind its clients' backs.</summary>
    public void Delete(string space, string name)
    {
        lock (_gate) _maps.Remove((space, name));
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _ended.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        // /api/v1/namespaces/{namespace}/configmaps[/{name}]
        var path = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path is not ["api", "v1", "namespaces", _, "configmaps"] and not ["api", "v1", "namespaces", _, "configmaps", _])
        {
            await WriteAsync(http, Status(404, "NotFound", "the server could not find the requested resource"));
            return;
        }
        var name = path.Length == 6 ? path[5] : null;
        var verb = (http.Request.Method, name) switch
        {
            ("GET", null) => "list",
            ("GET", _) => "get",
            ("POST", null) => "create",
            ("PUT", not null) => "update",
            ("DELETE", not null) => "delete",
            _ => "",
        };
        var body = verb is "create" or "update" ? (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!.AsObject() : null;
        var bearer = http.Request.Headers.Authorization.ToString();
        var call = new ApiCall(verb, path[3], name, bearer.StartsWith("Bearer ", StringComparison.Ordinal) ? bearer[7..] : null);
        ApiFault fault;
        lock (_gate)
        {
            _calls.Add(call);
            fault = Fault(call);
        }
        if (fault is ApiFault.Hang or ApiFault.Late) await HangAsync(http);
        if (fault == ApiFault.Late) CarryOut(call, body);
        if (fault == ApiFault.Reset) http.Abort();
        if (fault is ApiFault.Hang or ApiFault.Late or ApiFault.Reset) return;
        if (fault == ApiFault.TooManyRequests) http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        var answer = fault switch
        {
            ApiFault.Conflict => Status(409, "Conflict", Modified(name)),
            ApiFault.TooManyRequests => Status(429, "TooManyRequests", "the server has received too many requests and has asked us to try again later"),
            ApiFault.InternalError => Status(500, "InternalError", "etcdserver: leader changed"),
            ApiFault.Unavailable => Status(503, "ServiceUnavailable", "the server is currently unable to handle the request"),
            _ when Token is { } token && call.Bearer != token => Status(401, "Unauthorized", "Unauthorized"),
            _ when !Allow(call) => Status(403, "Forbidden", $"configmaps \"{name}\" is forbidden: cannot {verb} resource \"configmaps\" in \"{path[3]}\""),
            _ => CarryOut(call, body),
        };
        if (fault == ApiFault.LoseReply) http.Abort();
        else if (fault == ApiFault.HangAfter) await HangAsync(http);
        else if (fault == ApiFault.CutReply) await CutAsync(http, answer);
        else await WriteAsync(http, answer);
    }

    private JsonObject CarryOut(ApiCall call, JsonObject? body)
    {
        lock (_gate)
        {
            var name = call.Name ?? body?["metadata"]?["name"]?.GetValue<string>() ?? "";
            var key = (call.Namespace, name);
            var found = _maps.GetValueOrDefault(key);
            switch (call.Verb)
            {
                case "list":
                    return List(call.Namespace);
                case "create" when found is not null:
                    return Status(409, "AlreadyExists", $"configmaps \"{name}\" already exists");
                case "create" or "update" when name.Length == 0 || DataBytes(body!) > MaxDataBytes:
                    return Status(422, "Invalid", $"ConfigMap \"{name}\" is invalid: []: Too long: may not be more than {MaxDataBytes} bytes");
                case "create":
                    return Store(key, body!, Guid.NewGuid().ToString());
                case not "" when found is null:
                    return Status(404, "NotFound", $"configmaps \"{name}\" not found");
                case "get":
                    return found!.DeepClone().AsObject();
                case "update" when Version(body!) is { Length: > 0 } version && version != Version(found!):
                    return Status(409, "Conflict", Modified(name));
                case "update":
                    return Store(key, body!, found!["metadata"]!["uid"]!.GetValue<string>());
                case "delete":
                    _maps.Remove(key);
                    return Status(200, "", "");
                default:
                    return Status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
            }
        }
    }

    private JsonObject Store((string Namespace, string Name) key, JsonObject body, string uid)
    {
        var map = body.DeepClone().AsObject();
        map["apiVersion"] = "v1";
        map["kind"] = "ConfigMap";
        map["metadata"]!["name"] = key.Name;
        map["metadata"]!["namespace"] = key.Namespace;
        map["metadata"]!["uid"] = uid;
        Stamp(map);
        _maps[key] = map;
        Stored(map.DeepClone().AsObject());
        return map.DeepClone().AsObject();
    }

    private void Stamp(JsonObject map) => map["metadata"]!["resourceVersion"] = (++_revision).ToString(CultureInfo.InvariantCulture);

    private JsonObject List(string space) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMapList",
        ["metadata"] = new JsonObject { ["resourceVersion"] = _revision.ToString(CultureInfo.InvariantCulture) },
        ["items"] = new JsonArray([.. _maps.Where(map => map.Key.Namespace == space).Select(map => map.Value.DeepClone())]),
    };

    private static string? Version(JsonObject map) => map["metadata"]?["resourceVersion"]?.GetValue<string>();

    private static int DataBytes(JsonObject map) =>
        (map["data"] as JsonObject)?.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value!.GetValue<string>())) ?? 0;

    private static string Modified(string? name) =>
        $"Operation cannot be fulfilled on configmaps \"{name}\": the object has been modified; please apply your changes to the latest version and try again";

    private static JsonObject Status(int code, string reason, string message) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = code == 200 ? "Success" : "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["code"] = code,
    };

    private static async Task WriteAsync(HttpContext http, JsonObject answer)
    {
        http.Response.StatusCode = answer["kind"]!.GetValue<string>() == "Status" ? answer["code"]!.GetValue<int>() : http.Request.Method == "POST" ? 201 : 200;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(answer.ToJsonString(), http.RequestAborted);
    }

    /// <summary>Half an answer, and the connection ends.</summary>
    private static async Task CutAsync(HttpContext http, JsonObject answer)
    {
        var text = answer.ToJsonString();
        http.Response.StatusCode = 200;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(text[..(text.Length / 2)], http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        http.Abort();
    }

    /// <summary>Says nothing until the caller has enough of it.</summary>
    private async Task HangAsync(HttpContext http)
    {
        var gone = new TaskCompletionSource();
        await using var caller = http.RequestAborted.Register(() => gone.TrySetResult());
        await using var server = _ended.Token.Register(() => gone.TrySetResult());
        await gone.Task;
        http.Abort();
    }
}

/// <summary>What a client asked for.</summary>
/// <param name="Verb">As rules for rights name it: <c>get</c>, <c>list</c>, <c>create</c>, <c>update</c>, <c>delete</c>.</param>
/// <param name="Name">Null where it is not in the path: list and create.</param>
/// <param name="Bearer">The token that the caller brought, if any.</param>
public sealed record ApiCall(string Verb, string Namespace, string? Name, string? Bearer);

/// <summary>What goes wrong with a call.</summary>
public enum ApiFault
{
    None,

    /// <summary>409, whatever the resourceVersion.</summary>
    Conflict,

    /// <summary>429 with Retry-After.</summary>
    TooManyRequests,

    /// <summary>500.</summary>
    InternalError,

    /// <summary>503.</summary>
    Unavailable,

    /// <summary>No answer, nothing done.</summary>
    Hang,

    /// <summary>The connection ends, nothing done.</summary>
    Reset,

    /// <summary>It is carried out, and the connection ends.</summary>
    LoseReply,

    /// <summary>It is carried out, and half the answer comes.</summary>
    CutReply,

    /// <summary>It is carried out, and no answer comes.</summary>
    HangAfter,

    /// <summary>No answer comes, and it is carried out when the caller has given it up.</summary>
    Late,
}
