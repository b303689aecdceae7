using FleetMonitor.Api.Sink.Payloads;

namespace FleetMonitor.Api.Sink;

/// <summary>One half of an inference: what was asked, or what was answered.</summary>
internal sealed record LoggedHalf(InferenceEvent Event, Payload Payload, DateTimeOffset Time)
{
    /// <summary>What it takes in memory at about.</summary>
    public long Bytes => Event.Bytes + Payload.Bytes;
}

/// <summary>Both halves.</summary>
internal sealed record Inference(LoggedHalf Request, LoggedHalf Response);

/// <summary>Halves that wait for the other half, by model and inference; in order of arrival, bounded in number, bytes and time.</summary>
/// <remarks>
/// Where there is no room the oldest go: whose other half has not come for so long is the likeliest never to meet it. O(1) an event. Thread-safe.
/// </remarks>
internal sealed class WaitingHalves(int maxCount, long maxBytes, TimeSpan wait, SinkMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Model, string Inference), LinkedListNode<(LoggedHalf Half, long Until)>> _byKey = [];
    private readonly LinkedList<(LoggedHalf Half, long Until)> _byArrival = [];
    private long _bytes;

    public int Count
    {
        get
        {
            lock (_gate) return _byKey.Count;
        }
    }

    /// <summary>Takes a half. Gives the inference that it completes; null while it waits.</summary>
    /// <param name="now">In ticks of a clock that only goes forward.</param>
    public Inference? Add(LoggedHalf half, long now)
    {
        var key = (half.Event.Model, half.Event.Inference);
        lock (_gate)
        {
            if (_byKey.TryGetValue(key, out var waiting))
            {
                if (waiting.Value.Half.Event.Part == half.Event.Part)
                {
                    metrics.Count(SinkOutcome.Duplicate);
                    return null;
                }
                Remove(waiting);
                return half.Event.Part == InferencePart.Request ? new Inference(half, waiting.Value.Half) : new Inference(waiting.Value.Half, half);
            }
            if (half.Bytes > maxBytes)
            {
                metrics.Count(SinkOutcome.Shed);
                return null;
            }
            while (_byKey.Count >= maxCount || _bytes + half.Bytes > maxBytes)
            {
                Remove(_byArrival.First!);
                metrics.Count(SinkOutcome.Shed);
            }
            _byKey.Add(key, _byArrival.AddLast((half, now + wait.Ticks)));
            _bytes += half.Bytes;
            return null;
        }
    }

    /// <summary>Lets go what has waited long enough.</summary>
    public void Expire(long now)
    {
        lock (_gate)
        {
            while (_byArrival.First is { } oldest && oldest.Value.Until <= now)
            {
                Remove(oldest);
                metrics.Count(SinkOutcome.Expired);
            }
        }
    }

    private void Remove(LinkedListNode<(LoggedHalf Half, long Until)> node)
    {
        _byArrival.Remove(node);
        _byKey.Remove((node.Value.Half.Event.Model, node.Value.Half.Event.Inference));
        _bytes -= node.Value.Half.Bytes;
    }
}
