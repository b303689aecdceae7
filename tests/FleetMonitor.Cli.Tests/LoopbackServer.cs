using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using FleetMonitor.Core;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Tests;

/// <summary>The server's HTTP contract over core's own decoders and monitors, without a network, a grain or a log.</summary>
internal sealed class LoopbackServer(TimeProvider time) : HttpMessageHandler
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, ModelMonitor> _models = new(StringComparer.Ordinal);

    public ModelDescription Describe(string model)
    {
        var monitor = _models[model];
        lock (monitor) return monitor.Describe(Now);
    }

    public IEnumerable<string> Models => _models.Keys.Order(StringComparer.Ordinal);

    private long Now => UnixTime.From(time.GetUtcNow());

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var parts = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
        if (parts is ["health", "ready"]) return Answer("{}");
        var model = Uri.UnescapeDataString(parts[2]);
        if (request.Method == HttpMethod.Delete) return Answer(_models.TryRemove(model, out _) ? "{}" : null);
        if (request.Method == HttpMethod.Get) return _models.TryGetValue(model, out var known) ? Get(known, parts, request.RequestUri.Query) : Answer(null);
        var monitor = _models.GetOrAdd(model, name => new ModelMonitor(name));
        var producer = request.Headers.TryGetValues("Fleet-Producer", out var names) ? names.Single() : null;
        var sequence = request.Headers.TryGetValues("Fleet-Sequence", out var numbers) ? ulong.Parse(numbers.Single(), System.Globalization.CultureInfo.InvariantCulture) : 0;
        lock (monitor)
        {
            switch (parts.ElementAtOrDefault(3))
            {
                case null:
                    Assert.Empty(SpecJson.Parse(body).Errors);
                    monitor.Apply(new LogEntry(LogEntryKind.Spec, Now, null, 0, body));
                    return Answer("{}");
                case "reference":
                    var reference = ReferenceNdjson.Decode(new MemoryStream(body), DecodeLimits.Reference);
                    Assert.Empty(reference.Errors);
                    monitor.Apply(new LogEntry(LogEntryKind.Reference, Now, null, 0, reference.Batch.Buffer));
                    return Answer("{}");
                case "predictions":
                    var predictions = PredictionJson.DecodeLines(body, DecodeLimits.Default);
                    var taken = monitor.Apply(new LogEntry(LogEntryKind.Predictions, Now, producer, sequence, predictions.Batch.Buffer));
                    var rejected = taken.Rejected + predictions.Rejected;
                    return Answer(JsonSerializer.Serialize(new { accepted = taken.Accepted, duplicates = taken.Duplicates, too_late = taken.TooLate, rejected }));
                default:
                    var labels = LabelJson.DecodeLines(body, DecodeLimits.Default);
                    var joined = monitor.Apply(new LogEntry(LogEntryKind.Labels, Now, producer, sequence, labels.Batch.Buffer));
                    return Answer(JsonSerializer.Serialize(new { accepted = joined.Accepted, joined = joined.Joined, rejected = joined.Rejected + labels.Rejected }));
            }
        }
    }

    private HttpResponseMessage Get(ModelMonitor monitor, string[] parts, string query)
    {
        lock (monitor) return Answer(Read(monitor, parts, query));
    }

    private string Read(ModelMonitor monitor, string[] parts, string query)
    {
        var description = monitor.Describe(Now);
        return parts.ElementAtOrDefault(3) switch
        {
            "history" => JsonSerializer.Serialize(new ModelHistory(monitor.Name, description.Version, Minute, monitor.History(Minute, 60, Now)), ScoreJson.Options),
            "drift" => JsonSerializer.Serialize(
                new ModelScores(monitor.Name, description.Version, description.Spec.Task, [monitor.Score(Window(query), Now)], monitor.Changes), ScoreJson.Options),
            "segments" => JsonSerializer.Serialize(monitor.Segments(Window(query), Now), ScoreJson.Options),
            _ => JsonSerializer.Serialize(description, ScoreJson.Options),
        };
    }

    private static TimeSpan Window(string query) => Duration.TryParse(query.Split('=')[1], out var window) ? window : throw new ArgumentException(query, nameof(query));

    /// <param name="json">Null: there is no such model.</param>
    private static HttpResponseMessage Answer(string? json) => json is not null
        ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") }
        : new HttpResponseMessage(HttpStatusCode.NotFound)
        {
            Content = new StringContent("""{"title":"Not Found","detail":"no such model"}""", Encoding.UTF8, "application/problem+json"),
        };
}
