namespace FleetMonitor.Storage;

/// <summary>The newest summary of each model that is not written yet. At most one a model.</summary>
internal sealed class SummaryBoard
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (ModelLease Lease, ModelSummary Summary)> _newest = [];

    /// <param name="lease">Of two leases the newer one's summary stays.</param>
    /// <param name="summary">Replaces the one that waits.</param>
    /// <param name="onlyIfNone">For what was taken and could not be written.</param>
    public void Put(ModelLease lease, ModelSummary summary, bool onlyIfNone = false)
    {
        lock (_gate)
        {
            if (_newest.TryGetValue(lease.ModelId, out var waiting) && (onlyIfNone || waiting.Lease.Epoch > lease.Epoch)) return;
            _newest[lease.ModelId] = (lease, summary);
        }
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
}
