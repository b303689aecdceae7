using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace FleetMonitor.Observability.Tests.Live;

/// <summary>What a webhook of Alertmanager gets; and, at /metrics, a program that serves models elsewhere and exposes the customary metrics of HTTP.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<(string Path, JsonElement Body)> _received = new();
    private readonly Task _serving;
    private int _scrapes;

    public Receiver()
    {
        Port = FreePorts.Find(1)[0];
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Notifications sent to a path, oldest first.</summary>
    public IEnumerable<JsonElement> At(string path) => _received.Where(r => r.Path == path).Select(r => r.Body);

    public string Said => string.Join('\n', _received.Select(r => $"{r.Path}: {r.Body}"));

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            var path = context.Request.Url!.AbsolutePath;
            var answer = "";
            if (path == "/metrics")
            {
                answer = Page(Interlocked.Increment(ref _scrapes));
                context.Response.ContentType = "text/plain; version=0.0.4";
            }
            else
            {
                using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
                _received.Enqueue((path, body.RootElement.Clone()));
            }
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer));
            context.Response.Close();
        }
    }

    /// <summary>Twenty requests between two scrapes, one of them failed, none slow; and a model without model_info.</summary>
    private static string Page(int scrapes)
    {
        var n = scrapes;
        return string.Create(CultureInfo.InvariantCulture, $$"""
            # TYPE http_requests_total counter
            http_requests_total{code="200"} {{n * 19}}
            http_requests_total{code="500"} {{n}}
            # TYPE http_request_duration_seconds histogram
            http_request_duration_seconds_bucket{le="0.1"} {{n * 20}}
            http_request_duration_seconds_bucket{le="0.5"} {{n * 20}}
            http_request_duration_seconds_bucket{le="+Inf"} {{n * 20}}
            http_request_duration_seconds_sum {{n * 0.4}}
            http_request_duration_seconds_count {{n * 20}}
            # TYPE model_accuracy gauge
            model_accuracy{model="elsewhere"} 0.9

            """);
    }
}
