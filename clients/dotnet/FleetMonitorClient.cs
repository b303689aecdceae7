using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FleetMonitor.Client;

/// <summary>Sends predictions and labels to a FleetMonitor server and asks it about its models.</summary>
/// <remarks>
/// Every batch carries this client's producer id and a sequence, and is sent again with the same ones when the server is busy or the connection breaks: it is
/// counted once, however often it travels. A call returns when the batch is durable. Thread-safe; a model's batches are never <see cref="MaxInFlight"/> ahead of
/// one that is still under way, since the server could no longer tell whether it has applied that one: a call that would be waits for it.
/// </remarks>
public sealed class FleetMonitorClient
{
    /// <summary>Batches of one model that are under way at a time, at most; further ones wait.</summary>
    public const int MaxInFlight = 64;

    private const string Ndjson = "application/x-ndjson";

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly RetryOptions _retry;
    private readonly Random _chance;
    private readonly Func<string?> _token;
    private readonly ConcurrentDictionary<string, SequenceWindow> _sequences = new(StringComparer.Ordinal);

    /// <param name="http">Its BaseAddress is the server's. The caller's to dispose.</param>
    /// <param name="token">What the server knows this client by. Null: see <see cref="AccessToken"/>, unless <paramref name="http"/> has a header of its
    /// own.</param>
    /// <param name="producer">Who sends, 1 to 200 characters; new with every start of the program, for sequences start again at 1. Null: a random one.</param>
    public FleetMonitorClient(HttpClient http, string? producer = null, RetryOptions? retry = null, TimeProvider? time = null, string? token = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (http.BaseAddress is null) throw new ArgumentException("The HttpClient needs the server's BaseAddress.", nameof(http));
        _http = http;
        Producer = producer ?? Guid.NewGuid().ToString("N");
        _retry = retry ?? new RetryOptions();
        // Another for each producer, which is what keeps them apart.
        _chance = new Random(Producer.GetHashCode(StringComparison.Ordinal));
        _time = time ?? TimeProvider.System;
        _token = token is null && http.DefaultRequestHeaders.Authorization is not null ? () => null : AccessToken.Of(token);
    }

    public string Producer { get; }

    /// <summary>Records predictions; at most 10,000 a batch.</summary>
    /// <exception cref="FleetMonitorException">None of them was taken, or the server could not be reached.</exception>
    public async Task<IngestResult> RecordAsync(string model, IEnumerable<PredictionEvent> predictions, CancellationToken cancellation = default)
    {
        using var lines = new NdjsonWriter();
        foreach (var prediction in predictions) lines.Write(prediction);
        return await RecordAsync(model, lines.Written, cancellation).ConfigureAwait(false);
    }

    /// <summary>Records predictions given as NDJSON, one a line.</summary>
    /// <inheritdoc cref="RecordAsync(string, IEnumerable{PredictionEvent}, CancellationToken)"/>
    public Task<IngestResult> RecordAsync(string model, ReadOnlyMemory<byte> ndjson, CancellationToken cancellation = default) =>
        IngestAsync(model, "predictions", ndjson, ClientJson.Default.IngestResult, cancellation);

    /// <summary>Tells the truth about earlier predictions; at most 10,000 a batch. A label may come before its prediction; a second one corrects the first.</summary>
    /// <inheritdoc cref="RecordAsync(string, IEnumerable{PredictionEvent}, CancellationToken)"/>
    public async Task<LabelResult> LabelAsync(string model, IEnumerable<LabelEvent> labels, CancellationToken cancellation = default)
    {
        using var lines = new NdjsonWriter();
        foreach (var label in labels) lines.Write(label);
        return await LabelAsync(model, lines.Written, cancellation).ConfigureAwait(false);
    }

    /// <summary>Labels given as NDJSON, one a line.</summary>
    /// <inheritdoc cref="LabelAsync(string, IEnumerable{LabelEvent}, CancellationToken)"/>
    public Task<LabelResult> LabelAsync(string model, ReadOnlyMemory<byte> ndjson, CancellationToken cancellation = default) =>
        IngestAsync(model, "labels", ndjson, ClientJson.Default.LabelResult, cancellation);

    /// <summary>Registers a model, or replaces its spec (JSON).</summary>
    /// <returns>The model as it then is, with what the spec changed and what began anew for it.</returns>
    public async Task<JsonElement> PutSpecAsync(string model, ReadOnlyMemory<byte> json, CancellationToken cancellation = default) =>
        Parsed(await SendAsync(HttpMethod.Put, Path(model), json, "application/json", null, cancellation).ConfigureAwait(false));

    /// <summary>Uploads the reference that the model's traffic is compared with.</summary>
    /// <param name="contentType">
    /// <c>application/x-ndjson</c> (predictions, each with its label), <c>text/csv</c> or <c>application/vnd.apache.parquet</c>.
    /// </param>
    public Task PutReferenceAsync(string model, ReadOnlyMemory<byte> rows, string contentType = Ndjson, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Put, $"{Path(model)}/reference", rows, contentType, null, cancellation);

    /// <summary>Captures a new reference from the predictions that follow.</summary>
    public Task RebaselineAsync(string model, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Post, $"{Path(model)}/rebaseline", default, null, null, cancellation);

    /// <summary>Deletes a model with all its data.</summary>
    public Task DeleteAsync(string model, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Delete, Path(model), default, null, null, cancellation);

    /// <summary>Decides something about a model: <c>rebaseline</c>, <c>maintenance</c> or <c>retire</c>, with a body where it takes one.</summary>
    /// <returns>The model as it then is.</returns>
    public async Task<JsonElement> PostAsync(string model, string action, ReadOnlyMemory<byte> json = default, CancellationToken cancellation = default) =>
        Parsed(await SendAsync(HttpMethod.Post, $"{Path(model)}/{action}", json, json.IsEmpty ? null : "application/json", null, cancellation).ConfigureAwait(false));

    /// <summary>The models, the most troubled first.</summary>
    public Task<JsonElement> GetModelsAsync(CancellationToken cancellation = default) => GetModelsAsync("sort=trouble", cancellation);

    /// <summary>The models that a query such as <c>sort=name&amp;team=risk</c> asks for.</summary>
    public Task<JsonElement> GetModelsAsync(string query, CancellationToken cancellation = default) => ReadAsync($"v1/models?{query}", cancellation);

    /// <summary>A model, or one of its views: <c>performance</c>, <c>drift</c>, <c>history</c>, <c>features/NAME</c>, with a query such as <c>?window=1h</c>.</summary>
    public Task<JsonElement> GetAsync(string model, string view = "", CancellationToken cancellation = default) =>
        ReadAsync(view.Length == 0 ? Path(model) : $"{Path(model)}/{view}", cancellation);

    /// <summary>Whether the server is ready to take batches. One attempt; false when it cannot be reached.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation = default)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri("health/ready", UriKind.Relative), cancellation).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (IsTransport(exception, cancellation))
        {
            return false;
        }
    }

    private async Task<T> IngestAsync<T>(string model, string kind, ReadOnlyMemory<byte> ndjson, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        // A model's sequences are its own: the 64 that it remembers are not used up by other models' batches.
        var sequences = _sequences.GetOrAdd(model, static _ => new SequenceWindow());
        var sequence = await sequences.TakeAsync(cancellation).ConfigureAwait(false);
        try
        {
            var body = await SendAsync(HttpMethod.Post, $"{Path(model)}/{kind}", ndjson, Ndjson, sequence, cancellation).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, type) ?? throw new FleetMonitorException("The server's answer is empty.");
        }
        finally
        {
            sequences.Return(sequence);
        }
    }

    private async Task<JsonElement> ReadAsync(string path, CancellationToken cancellation)
    {
        return Parsed(await SendAsync(HttpMethod.Get, path, default, null, null, cancellation).ConfigureAwait(false));
    }

    private static JsonElement Parsed(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    private async Task<byte[]> SendAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte> content, string? contentType, long? sequence, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var delay = Backoff(attempt);
            try
            {
                using var request = Request(method, path, content, contentType, sequence);
                using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
                var body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
                if (response.IsSuccessStatusCode) return body;
                if (!IsTransient(response.StatusCode) || attempt >= _retry.Attempts) throw Problem.Read(response, body);
                delay = RetryAfter(response.Headers.RetryAfter) is { } asked && asked > delay ? asked : delay;
            }
            catch (Exception exception) when (IsTransport(exception, cancellation))
            {
                if (attempt >= _retry.Attempts) throw new FleetMonitorException($"{_http.BaseAddress} cannot be reached: {exception.Message}", exception);
            }
            await Task.Delay(delay < _retry.MaxDelay ? delay : _retry.MaxDelay, _time, cancellation).ConfigureAwait(false);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, ReadOnlyMemory<byte> content, string? contentType, long? sequence)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (_token() is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (contentType is not null)
        {
            request.Content = new ReadOnlyMemoryContent(content);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }
        if (sequence is { } number)
        {
            request.Headers.Add("Fleet-Producer", Producer);
            request.Headers.Add("Fleet-Sequence", number.ToString(CultureInfo.InvariantCulture));
        }
        return request;
    }

    private TimeSpan Backoff(int attempt)
    {
        double chance;
        lock (_chance) chance = _chance.NextDouble();
        return _retry.FirstDelay * Math.Pow(2, Math.Min(attempt - 1, 20)) * (1 - (_retry.Jitter * chance));
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date - _time.GetUtcNow());

    private static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>The request or its answer was lost on the way, took longer than the HttpClient's timeout, or the token's file cannot be read now. What the
    /// caller cancelled is none of it.</summary>
    private static bool IsTransport(Exception exception, CancellationToken cancellation) =>
        !cancellation.IsCancellationRequested && exception is HttpRequestException or IOException or UnauthorizedAccessException or OperationCanceledException;

    private static string Path(string model) => $"v1/models/{Uri.EscapeDataString(model)}";
}
