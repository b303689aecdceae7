using System.Net;
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

    private static async Task<Ended> RunAsync(string[] script, string[] arguments, Dictionary<string, string> environment)
    {
        await using var process = ChildProcess.Start(Path.Combine([Repository.Root, .. script]), arguments, environment);
        return await process.EndAsync(Deadline);
    }

    private sealed record Request(string Method, string Path, string Authorization, string Body);

    /// <summary>Fleet, Prometheus and Alertmanager in one: every alert is there at once.</summary>
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
