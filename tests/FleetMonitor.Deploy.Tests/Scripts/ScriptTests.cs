using System.Net;
using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Deploy.Tests.Scripts;

/// <summary>What operators run by hand, against a server that takes everything and remembers it.</summary>
public sealed class ScriptTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [SkippableTheory]
    [InlineData("secret", "Bearer secret")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public async Task TriggerTestAlerts_WithAToken_BringsItToTheFleetAlone(string? token, string expected)
    {
        ChildProcess.Require("curl");
        await using var server = await Server.StartAsync();
        var environment = new Dictionary<string, string> { ["FLEET"] = server.Url, ["PROMETHEUS"] = server.Url, ["ALERTMANAGER"] = server.Url };
        if (token is not null) environment["FLEETMONITOR_TOKEN"] = token;

        var ended = await RunAsync(["deploy", "scripts", "trigger-test-alerts"], ["ModelErrorRate"], environment);

        Assert.True(ended.ExitCode == 0, ended.ToString());
        var requests = server.Requests.ToLookup(request => request.Path.StartsWith("/v1/models/alert-test", StringComparison.Ordinal));
        Assert.Equal(["DELETE", "POST", "POST", "PUT", "PUT"], requests[true].Select(request => request.Method).Order());
        Assert.Equal([expected], requests[true].Select(request => request.Authorization).Distinct());
        Assert.Equal([""], requests[false].Select(request => request.Authorization).Distinct());
    }

    /// <summary>Kibana of compose logs in as kibana_system, which has no password before somebody gives it one.</summary>
    [SkippableTheory]
    [InlineData("kibana's \"own\" \\ $word")]
    [InlineData("")]
    public async Task LogsInstall_GivesKibanaThePasswordThatItLogsInWith_BeforeItAsksKibana(string password)
    {
        ChildProcess.Require("curl");
        await using var server = await Server.StartAsync();

        var ended = await RunAsync(
            ["logs", "elasticsearch", "install"], [],
            new Dictionary<string, string> { ["ELASTICSEARCH_URL"] = server.Url, ["ELASTICSEARCH_PASSWORD"] = "e", ["KIBANA_URL"] = server.Url, ["KIBANA_PASSWORD"] = password });

        Assert.True(ended.ExitCode == 0, ended.ToString());
        var paths = server.Requests.Select(request => request.Path).ToList();
        Assert.Equal("/api/saved_objects/_import", paths[^1]);
        var user = Compose("kibana").At("environment").Text("ELASTICSEARCH_USERNAME");
        var given = server.Requests.Where(request => request.Path == $"/_security/user/{user}/_password").ToList();
        Assert.Equal(password.Length == 0 ? [] : new[] { password }, given.Select(request => JsonNode.Parse(request.Body)!.Text("password")));
        Assert.All(given, request => Assert.Equal("POST", request.Method));
    }

    /// <summary>The repository's file is not root's: Filebeat would refuse it, and its check as well.</summary>
    [Fact]
    public void Filebeat_OfCompose_IsCheckedAsItIsStarted()
    {
        const string Lenient = "--strict.perms=false";
        Assert.Contains(Lenient, Compose("filebeat").Texts("command"));
        Assert.Contains(Lenient, Compose("filebeat").At("healthcheck").Texts("test"));
    }

    private static async Task<Ended> RunAsync(string[] script, string[] arguments, Dictionary<string, string> environment)
    {
        await using var process = ChildProcess.Start(Path.Combine([Repository.Root, .. script]), arguments, environment);
        return await process.EndAsync(Deadline);
    }

    private static JsonNode Compose(string service) =>
        YamlJson.ReadAll(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "compose", "compose.yml"))).Single()!.At("services", service);

    private sealed record Request(string Method, string Path, string Authorization, string Body);

    /// <summary>Fleet, Prometheus, Alertmanager, Elasticsearch and Kibana in one: every alert is there at once.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly List<Request> _requests = [];

        private Server(WebApplication app) => _app = app;

        public string Url => _app.Urls.First();

        /// <summary>In their order. Scripts ask one by one.</summary>
        public IReadOnlyList<Request> Requests
        {
            get
            {
                lock (_requests) return [.. _requests];
            }
        }

        public static async Task<Server> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var server = new Server(builder.Build());
            server._app.Run(server.AnswerAsync);
            await server._app.StartAsync();
            return server;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task AnswerAsync(HttpContext http)
        {
            using var body = new StreamReader(http.Request.Body);
            var request = new Request(http.Request.Method, http.Request.Path.Value!, http.Request.Headers.Authorization.ToString(), await body.ReadToEndAsync());
            lock (_requests) _requests.Add(request);
            await http.Response.WriteAsync("""[{"fingerprint":"1","receivers":[{"name":"webhook"}]}]""");
        }
    }
}
