namespace FleetMonitor.EndToEnd.Tests.Durability;

/// <summary>What clients know of what they sent: totals are compared with this, never with what the server says of itself. Thread-safe.</summary>
internal sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly List<Batch> _acknowledged = [];
    private readonly List<Batch> _open = [];

    /// <summary>Batches the server has answered for.</summary>
    public IReadOnlyList<Batch> Acknowledged
    {
        get
        {
            lock (_gate) return [.. _acknowledged];
        }
    }

    /// <summary>Batches that were sent, maybe more than once, and never answered.</summary>
    public IReadOnlyList<Batch> Unanswered
    {
        get
        {
            lock (_gate) return [.. _open];
        }
    }

    public int Count
    {
        get
        {
            lock (_gate) return _acknowledged.Count;
        }
    }

    public void Sent(Batch batch)
    {
        lock (_gate) _open.Add(batch);
    }

    public void Answered(Batch batch)
    {
        lock (_gate)
        {
            _open.Remove(batch);
            _acknowledged.Add(batch);
        }
    }
}
