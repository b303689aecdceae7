namespace FleetMonitor.Grains.Placement;

/// <summary>The silos that are active, as this one sees them.</summary>
public sealed class FleetMembers(IClusterMembershipService membership, ILocalSiloDetails local)
{
    private volatile Snapshot _snapshot = new(MembershipVersion.MinValue, []);

    /// <summary>Whether this silo has joined and was not declared dead since.</summary>
    public bool HasJoined => Active.Contains(local.SiloAddress);

    /// <summary>In no particular order.</summary>
    public SiloAddress[] Active
    {
        get
        {
            var (snapshot, current) = (_snapshot, membership.CurrentSnapshot);
            if (snapshot.Version != current.Version)
            {
                _snapshot = snapshot = new Snapshot(current.Version, [.. current.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress)]);
            }
            return snapshot.Active;
        }
    }

    /// <summary>Whether a model's place is here.</summary>
    public bool Own(string model) => local.SiloAddress.Equals(RendezvousHash.Owner(model, Active));

    /// <summary>Yields whenever the active silos are others than before; at once for the first time.</summary>
    public async IAsyncEnumerable<SiloAddress[]> ChangesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        HashSet<SiloAddress>? before = null;
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(cancellation))
        {
            var active = Active;
            if (before?.SetEquals(active) == true) continue;
            before = [.. active];
            yield return active;
        }
    }

    private sealed record Snapshot(MembershipVersion Version, SiloAddress[] Active);
}
