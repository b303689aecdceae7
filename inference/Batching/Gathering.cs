using FleetMonitor.Inference.Models;

namespace FleetMonitor.Inference.Batching;

/// <summary>Decides how long a run waits for more requests. Waiting has to pay: when it brought nobody, the next runs do not wait.</summary>
/// <remarks>
/// Without a delay a run waits while the requests that are under way anyhow keep coming, for at most <see cref="Burst"/>: a lone client waits for nothing.
/// With a delay it waits for that long from its
/// first request on, unless the last wait was in vain; then 1, 2, 4 … at most 64 runs go at once before waiting is tried again, so that a lone client pays
/// for it once in 64 requests.
/// Not thread-safe: the queue's lock guards it.
/// </remarks>
internal sealed class Gathering(BatchingSettings settings, int maxRows)
{
    private static readonly TimeSpan Burst = TimeSpan.FromMicroseconds(200);
    private const int MostSkipped = 64;

    private int _seenRequests;
    private int _skip;
    private int _nextSkip = 1;
    private bool _waited;

    /// <summary>How long to wait before the next look; null: run now. Zero: only let others have their turn.</summary>
    public TimeSpan? Wait(int requests, int rows, TimeSpan age)
    {
        if (rows >= maxRows || settings.PreferredRows.Any(preferred => rows >= preferred)) return null;
        if (settings.MaxDelay == TimeSpan.Zero)
        {
            if (requests <= _seenRequests || age >= Burst) return null;
            _seenRequests = requests;
            return TimeSpan.Zero;
        }
        if (_skip > 0 || age >= settings.MaxDelay) return null;
        _waited = true;
        var left = settings.MaxDelay - age;
        return left < TimeSpan.FromMilliseconds(1) ? TimeSpan.Zero : left;
    }

    /// <summary>Begins anew with the first request of the next run.</summary>
    public void Begin() => _seenRequests = 1;

    /// <summary>Learns how many requests a run had.</summary>
    public void Ran(int requests)
    {
        if (requests > 1) (_skip, _nextSkip) = (0, 1);
        else if (_waited) (_skip, _nextSkip) = (_nextSkip, Math.Min(MostSkipped, _nextSkip * 2));
        else if (_skip > 0) _skip--;
        _waited = false;
    }
}
