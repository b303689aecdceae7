namespace FleetMonitor.Storage;

/// <summary>Whether a writer can write, as it finds out itself, or as others do of one that does not answer; read from any thread.</summary>
/// <param name="unavailable">What is said where there is no reason yet.</param>
internal sealed class WriterHealth(TimeProvider time, string unavailable)
{
    private readonly Lock _gate = new();
    private volatile StoreHealth _now = new(true, null, time.GetUtcNow());
    private volatile bool _beyondRepair;

    public StoreHealth Now => _now;

    public bool IsReady => _now.IsReady;

    /// <summary>No test write helps any more.</summary>
    public bool IsBeyondRepair => _beyondRepair;

    public StoreUnavailableException Unavailable(Exception? inner = null) => new(_now.Reason ?? unavailable, inner);

    /// <summary>Becomes unhealthy; false where it was so before.</summary>
    public bool TryLose(string reason, bool forever)
    {
        lock (_gate)
        {
            if (_beyondRepair || (!_now.IsReady && !forever)) return false;
            _beyondRepair = forever;
            _now = new StoreHealth(false, reason, time.GetUtcNow());
            return true;
        }
    }

    /// <summary>Still unhealthy, perhaps for another reason.</summary>
    public void Renew(string reason)
    {
        lock (_gate)
        {
            if (!_beyondRepair && !_now.IsReady) _now = _now with { Reason = reason };
        }
    }

    /// <summary>Becomes healthy; the outage's length, or null where it is beyond repair.</summary>
    public TimeSpan? TryRegain()
    {
        lock (_gate)
        {
            if (_beyondRepair) return null;
            var before = _now;
            _now = new StoreHealth(true, null, time.GetUtcNow());
            return _now.Since - before.Since;
        }
    }
}
