using System.Threading.Channels;
using FleetMonitor.Api.Access;
using FleetMonitor.Api.Sink.Payloads;
using FleetMonitor.Core.Formats;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Sink;

/// <summary>Takes the events of inference loggers, joins the halves of each inference, and hands them to their models off the request's path.</summary>
/// <remarks>
/// A logger's event is answered when it is decoded, not when it is durable: loggers neither wait nor try again, and a slow sink costs the model server
/// memory. All that is held has bounds, in
/// number and bytes; beyond them events are shed and counted. On a stop what is queued is still delivered.
/// </remarks>
internal sealed class InferenceSink : BackgroundService
{
    private readonly SinkDelivery _delivery;
    private readonly SinkMetrics _metrics;
    private readonly SinkOptions _options;
    private readonly TimeProvider _time;
    private readonly WaitingHalves _waiting;
    private readonly Channel<Delivery> _queue;
    private long _queuedBytes;

    public InferenceSink(SinkDelivery delivery, SinkMetrics metrics, IOptions<SinkOptions> options, TimeProvider time)
    {
        (_delivery, _metrics, _options, _time) = (delivery, metrics, options.Value, time);
        _waiting = new WaitingHalves(_options.MaxWaiting, _options.MaxWaitingBytes, _options.WaitFor, metrics);
        _queue = Channel.CreateBounded<Delivery>(new BoundedChannelOptions(_options.MaxQueued) { SingleReader = true });
        metrics.Waiting = () => _waiting.Count;
        metrics.Queued = () => _queue.Reader.Count;
    }

    /// <inheritdoc cref="CloudEventReader.Read"/>
    public IReadOnlyList<CloudEvent> Read(HttpRequest request, ReadOnlyMemory<byte> body, int maxEvents)
    {
        try
        {
            return CloudEventReader.Read(request, body, maxEvents);
        }
        catch (DocumentException)
        {
            _metrics.Count(SinkOutcome.Malformed);
            throw;
        }
    }

    /// <summary>Takes an event; what is wrong with it, or null.</summary>
    /// <param name="allowed">Whether its sender may have to do with a model.</param>
    public string? Take(CloudEvent received, Func<string, bool> allowed)
    {
        try
        {
            if (received.Fault() is { } fault) throw new DocumentException(fault);
            if (InferenceEvent.PartOf(received.Type) is not { } part || InferenceEvent.Of(received, part, _options.NamespaceInName) is not { } inference)
            {
                _metrics.Count(SinkOutcome.Ignored);
                return null;
            }
            if (!allowed(inference.Model)) throw new DocumentException(ScopeHandler.OtherModels);
            Take(new LoggedHalf(inference, PayloadReader.Read(received, part), received.Time ?? _time.GetUtcNow()));
            return null;
        }
        catch (Exception exception) when (exception is DocumentException or LimitException)
        {
            _metrics.Count(SinkOutcome.Malformed);
            return exception.Message;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } delivering) await delivering.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var expiry = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        var expiring = ExpireAsync(expiry);
        List<Delivery> taken = [];
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (taken.Count < SinkDelivery.MaxTogether && _queue.Reader.TryRead(out var delivery)) taken.Add(delivery);
            await _delivery.DeliverAsync(taken, stoppingToken);
            Interlocked.Add(ref _queuedBytes, -taken.Sum(delivery => delivery.Bytes));
            taken.Clear();
        }
        expiry.Dispose();
        await expiring;
    }

    private async Task ExpireAsync(PeriodicTimer timer)
    {
        while (await timer.WaitForNextTickAsync()) _waiting.Expire(Now());
    }

    private void Take(LoggedHalf half)
    {
        if (half.Payload.Rows == 0) _metrics.Count(SinkOutcome.Ignored);
        else if (half.Event.Part == InferencePart.Feedback) Queue(new Delivery(half.Event.Model, null, half));
        else if (_waiting.Add(half, Now()) is { } inference) Queue(new Delivery(half.Event.Model, inference, null));
    }

    private void Queue(Delivery delivery)
    {
        if (Interlocked.Add(ref _queuedBytes, delivery.Bytes) <= _options.MaxQueuedBytes && _queue.Writer.TryWrite(delivery)) return;
        Interlocked.Add(ref _queuedBytes, -delivery.Bytes);
        _metrics.Count(SinkOutcome.Shed, delivery.Events);
    }

    private long Now() => _time.GetElapsedTime(0).Ticks;
}

/// <summary>An inference or a label on its way to its model.</summary>
internal sealed record Delivery(string Model, Inference? Inference, LoggedHalf? Feedback)
{
    /// <summary>Events that it consists of.</summary>
    public int Events => Inference is null ? 1 : 2;

    public int Rows => Inference?.Response.Payload.Rows ?? Feedback!.Payload.Rows;

    public long Bytes => Inference is { } both ? both.Request.Bytes + both.Response.Bytes : Feedback!.Bytes;
}
