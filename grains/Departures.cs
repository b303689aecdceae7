namespace FleetMonitor.Grains;

/// <summary>Models that take a checkpoint before they leave this silo: so many at a time and no more, since each keeps its model from being reached, and what is left out the log has.</summary>
internal sealed class Departures
{
    // The store takes one at a time, in some milliseconds: the last of them has waited some tenths of a second.
    private const int Most = 32;

    private int _underWay;

    /// <summary>Whether there is room for one more; then <see cref="End"/> gives it back.</summary>
    public bool TryBegin()
    {
        if (Interlocked.Increment(ref _underWay) <= Most) return true;
        Interlocked.Decrement(ref _underWay);
        return false;
    }

    public void End() => Interlocked.Decrement(ref _underWay);
}
