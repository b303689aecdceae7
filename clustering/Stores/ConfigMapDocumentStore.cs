using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace FleetMonitor.Clustering.Stores;

/// <summary>The document in a ConfigMap of Kubernetes, which the first silo creates.</summary>
/// <remarks>
/// The ConfigMap's resourceVersion is the token. What others put into it (labels, annotations, other keys) stays.
/// Rights: get and update on this one name, and create, which cannot be given by name; who only reads needs get.
/// </remarks>
internal sealed class ConfigMapDocumentStore : MembershipDocumentStore
{
    /// <summary>The key of the ConfigMap's data under which the document is.</summary>
    public const string Key = "membership.json";

    /// <summary>The longest document that is tried, in bytes: the server takes 1 MiB of keys and values.</summary>
    public const int MaxBytes = (1 << 20) - 1_024;

    private readonly Kubernetes _client;
    private readonly string _name;
    private readonly string _namespace;

    public ConfigMapDocumentStore(KubernetesClientConfiguration server, string space, string name)
    {
        // Over HTTP/1.1 a call that timed out takes its connection with it; over HTTP/2 the next ones would be sent after it into a dead connection.
        server.DisableHttp2 = true;
        server.FirstMessageHandlerSetup = handler =>
        {
            handler.UseProxy = false;
            handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
        };
        _client = new Kubernetes(server);
        _name = name;
        _namespace = space;
        Place = $"ConfigMap {space}/{name}";
    }

    public override string Place { get; }

    public override Task<StoredText?> ReadAsync(CancellationToken cancellation) => CallAsync("get", async () =>
    {
        try
        {
            var map = await _client.CoreV1.ReadNamespacedConfigMapAsync(_name, _namespace, cancellationToken: cancellation).ConfigureAwait(false);
            return new StoredText(map.Data is { } data && data.TryGetValue(Key, out var text) ? text : "", map);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }, cancellation);

    public override Task<bool> WriteAsync(string text, StoredText? replaced, CancellationToken cancellation)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > MaxBytes)
        {
            throw MembershipStoreException.Permanent(
                $"{Place} would need {bytes} bytes, and a ConfigMap takes {MaxBytes}: keep the membership of so many silos in PostgreSQL.");
        }
        return replaced is { Token: V1ConfigMap read } ? UpdateAsync(With(read, text), cancellation) : CreateAsync(New(text), cancellation);
    }

    public override ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<bool> CreateAsync(V1ConfigMap map, CancellationToken cancellation) => CallAsync("create", async () =>
    {
        try
        {
            await _client.CoreV1.CreateNamespacedConfigMapAsync(map, _namespace, cancellationToken: cancellation).ConfigureAwait(false);
            return true;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
    }, cancellation);

    /// <remarks>404: it was deleted since.</remarks>
    private Task<bool> UpdateAsync(V1ConfigMap map, CancellationToken cancellation) => CallAsync("update", async () =>
    {
        try
        {
            await _client.CoreV1.ReplaceNamespacedConfigMapAsync(map, _name, _namespace, cancellationToken: cancellation).ConfigureAwait(false);
            return true;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.NotFound)
        {
            return false;
        }
    }, cancellation);

    private V1ConfigMap New(string text) => new()
    {
        ApiVersion = V1ConfigMap.KubeApiVersion,
        Kind = V1ConfigMap.KubeKind,
        Metadata = new V1ObjectMeta
        {
            Name = _name,
            NamespaceProperty = _namespace,
            Labels = new Dictionary<string, string> { ["app.kubernetes.io/managed-by"] = "fleet-monitor" },
        },
        Data = new Dictionary<string, string> { [Key] = text },
    };

    /// <summary>The map as it was read, with its resourceVersion, and another document.</summary>
    private static V1ConfigMap With(V1ConfigMap read, string text) => new()
    {
        ApiVersion = read.ApiVersion,
        Kind = read.Kind,
        Metadata = read.Metadata,
        BinaryData = read.BinaryData,
        Data = new Dictionary<string, string>(read.Data ?? new Dictionary<string, string>()) { [Key] = text },
    };

    private async Task<T> CallAsync<T>(string verb, Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (HttpOperationException exception)
        {
            var status = exception.Response.StatusCode;
            var message = $"{Place} ({verb}): the API server answered {(int)status} {Shortened(exception.Response.Content)}";
            throw status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError
                ? MembershipStoreException.Transient(message, exception, RetryAfter(exception.Response))
                : MembershipStoreException.Permanent(message, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
        {
            // A reply that is no JSON, or half of it, is a lost reply.
            throw MembershipStoreException.Transient($"{Place} ({verb}): {exception.Message}", exception);
        }
        catch (AggregateException exception) when (!cancellation.IsCancellationRequested)
        {
            // The token's file, which is read again every minute, cannot be read.
            throw MembershipStoreException.Transient($"{Place} ({verb}): {exception.InnerException?.Message}", exception);
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessageWrapper response)
    {
        var header = response.Headers.FirstOrDefault(pair => pair.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault();
        return int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static string Shortened(string? content) => content is { Length: > 300 } ? content[..300] : content ?? "";
}
