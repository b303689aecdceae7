namespace FleetMonitor.Storage;

/// <summary>The newest summary of each model that is not written yet. At most one a model.</summary>
internal sealed class SummaryBoard
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (ModelLease Lease, ModelSummary Summary)> _newest = [];

    // Of each model of which a stale lease was seen, the newest such epoch.
    private readonly Dictionary<long, long> _stale = [];

    /// <param name="lease">Of two leases the newer one's summary stays.</param>
    /// <param name="summary">Replaces the one that waits.</param>
    /// <param name="onlyIfNone">For what was taken and could not be written.</param>
    public void Put(ModelLease lease, ModelSummary summary, bool onlyIfNone = false)
    {
        lock (_gate)
        {
            if (_newest.TryGetValue(lease.ModelId, out var waiting))
            {
                if (waiting.Lease.Epoch != lease.Epoch) Mark(lease.ModelId, Math.Min(waiting.Lease.Epoch, lease.Epoch));
                if (onlyIfNone || waiting.Lease.Epoch > lease.Epoch) return;
            }
            _newest[lease.ModelId] = (lease, summary);
        }
    }

    /// <summary>A summary of that lease was not written, since a newer lease of the model exists, or the model does not.</summary>
    public void Refused(long modelId, long epoch)
    {
        lock (_gate) Mark(modelId, epoch);
    }

    public bool IsStale(ModelLease lease)
    {
        lock (_gate) return _stale.TryGetValue(lease.ModelId, out var epoch) && epoch >= lease.Epoch;
    }

    public List<(ModelLease Lease, ModelSummary Summary)> Take(int most)
    {
        lock (_gate)
        {
            var taken = _newest.Values.Take(most).ToList();
            foreach (var (lease, _) in taken) _newest.Remove(lease.ModelId);
            return taken;
        }
    }

    private void Mark(long modelId, long epoch)
    {
        if (!_stale.TryGetValue(modelId, out var known) || known < epoch) _stale[modelId] = epoch;
    }
}
