using System.Collections.Concurrent;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.Problems;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Storage;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Api.Sink;

/// <summary>Hands inferences and labels to their models, those of one model together in one batch.</summary>
internal sealed partial class SinkDelivery(ModelGateway gateway, Ingestion ingestion, SinkMetrics metrics, TimeProvider time, ILogger<SinkDelivery> logger)
{
    /// <summary>Deliveries of one round.</summary>
    public const int MaxTogether = 2_000;

    /// <summary>A model's mapping may have changed after it.</summary>
    private static readonly TimeSpan MappingAge = TimeSpan.FromSeconds(10);

    private const int MaxMappings = 10_000;

    /// <summary>Waits before the second try and those that follow; the queue fills meanwhile, and sheds when it is full.</summary>
    private static readonly TimeSpan[] Retries = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2)];

    private readonly ConcurrentDictionary<string, (PayloadSpec? Spec, long Read)> _mappings = new(StringComparer.Ordinal);

    public Task DeliverAsync(IReadOnlyList<Delivery> deliveries, CancellationToken stopping) =>
        Task.WhenAll(Batches(deliveries, ingestion.Limits).Select(batch => DeliverBatchAsync(batch, stopping)).ToArray());

    /// <summary>By model and kind, each of at most as many rows, columns and cells as a batch may have.</summary>
    internal static IEnumerable<List<Delivery>> Batches(IReadOnlyList<Delivery> deliveries, DecodeLimits limits)
    {
        foreach (var group in deliveries.GroupBy(delivery => (delivery.Model, IsLabel: delivery.Inference is null)))
        {
            List<Delivery> batch = [];
            var columns = new BatchColumns(limits.MaxColumns);
            var (rows, bytes) = (0, 0L);
            foreach (var delivery in group)
            {
                Count(delivery);
                if (batch.Count > 0 && IsTooLarge())
                {
                    yield return batch;
                    batch = [];
                    columns.Clear();
                    (rows, bytes) = (0, 0);
                    Count(delivery);
                }
                batch.Add(delivery);
            }
            yield return batch;

            void Count(Delivery delivery)
            {
                rows += delivery.Rows;
                bytes += delivery.Bytes;
                if (delivery.Inference is { } inference) columns.Add(inference);
            }

            bool IsTooLarge() => rows > limits.MaxItems || columns.Count > limits.MaxColumns || (long)rows * columns.Count > Math.Min(limits.MaxCells, Ingestion.SparseCells * bytes);
        }
    }

    private async Task DeliverBatchAsync(List<Delivery> batch, CancellationToken stopping)
    {
        var events = batch.Sum(delivery => delivery.Events);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await HandAsync(batch);
                return;
            }
            catch (Exception exception) when (exception is ModelRetiredException or ModelCommandException or ModelBoundException or LimitException)
            {
                metrics.Count(SinkOutcome.Rejected, events);
                return;
            }
            catch (Exception exception)
            {
                var passes = exception is ModelUnavailableException or StoreException || Problem.IsUnreachable(exception, stopping);
                if (!passes || attempt == Retries.Length || stopping.IsCancellationRequested)
                {
                    // Whatever it is, the other models' events go on.
                    LogFailed(batch[0].Model, events, exception);
                    metrics.Count(SinkOutcome.Failed, events);
                    return;
                }
            }
            await Task.Delay(Retries[attempt], time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HandAsync(List<Delivery> batch)
    {
        var (model, started) = (batch[0].Model, time.GetTimestamp());
        if (batch[0].Inference is null)
        {
            var labels = new LabelBatch.Builder();
            var kept = batch.Where(delivery => InferenceRows.Add(labels, delivery.Feedback!)).Sum(delivery => delivery.Events);
            await HandAsync(batch, kept, labels.Count, () => ingestion.Hand(model, null, Whole(labels.Build(), labels.Count), BatchKinds.Labels, started));
            return;
        }
        var mapping = await Mapping(model);
        var rows = new PredictionBatchBuilder();
        var good = batch.Where(delivery => InferenceRows.Add(rows, delivery.Inference!, mapping)).Sum(delivery => delivery.Events);
        // One inference may be too wide by itself.
        if (rows.FeatureCount + rows.TagCount + rows.ClassCount > ingestion.Limits.MaxColumns) throw new LimitException("columns", ingestion.Limits.MaxColumns);
        await HandAsync(batch, good, rows.Count, () => ingestion.Hand(model, null, Whole(rows.Build(), rows.Count), BatchKinds.Predictions, started));
    }

    private async Task HandAsync(List<Delivery> batch, int kept, int rows, Func<Task<IngestOutcome>> hand)
    {
        if (rows > 0 && (await hand()).NoneGood) kept = 0;
        metrics.Count(SinkOutcome.Recorded, kept);
        metrics.Count(SinkOutcome.Rejected, batch.Sum(delivery => delivery.Events) - kept);
    }

    private static Decoded<TBatch> Whole<TBatch>(TBatch batch, int rows) => new(batch, Enumerable.Range(0, rows).ToArray(), rows, 0, []);

    /// <summary>How the model's spec says that its payloads are read; null where it says nothing, or is not registered yet.</summary>
    private async Task<PayloadSpec?> Mapping(string model)
    {
        if (_mappings.TryGetValue(model, out var known) && time.GetElapsedTime(known.Read) < MappingAge) return known.Spec;
        PayloadSpec? spec = null;
        try
        {
            spec = (await gateway.Model(model).Describe()).Spec.Payload;
        }
        catch (ModelNotFoundException)
        {
            // Its first inference registers it.
        }
        if (_mappings.Count >= MaxMappings) _mappings.Clear();
        _mappings[model] = (spec, time.GetTimestamp());
        return spec;
    }

    [LoggerMessage(1, LogLevel.Warning, "Model {Model}: {Events} events of its inference logger were not recorded")]
    private partial void LogFailed(string model, int events, Exception exception);
}
