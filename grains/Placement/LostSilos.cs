using Microsoft.Extensions.Hosting;

namespace FleetMonitor.Grains.Placement;

/// <summary>When a silo was last declared dead that had not said it was leaving, as this one sees it: what tells a loss from a cluster that was made smaller.</summary>
public sealed class LostSilos
{
    private long _last;

    /// <summary>Null: not since this silo started.</summary>
    public DateTimeOffset? Last
    {
        get => Interlocked.Read(ref _last) is not 0 and var last ? DateTimeOffset.FromUnixTimeMilliseconds(last) : null;
        internal set => Interlocked.Exchange(ref _last, value?.ToUnixTimeMilliseconds() ?? 0);
    }
}

/// <summary>Finds lost silos among the membership's updates.</summary>
internal sealed class LostSiloWatch(LostSilos lost, IClusterMembershipService membership, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            HashSet<SiloAddress> leaving = [], known = [];
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
            {
                var members = snapshot.Members.Values;
                leaving.UnionWith(members.Where(member => member.Status == SiloStatus.ShuttingDown).Select(member => member.SiloAddress));
                if (members.Any(member => member.Status == SiloStatus.Dead && known.Contains(member.SiloAddress) && !leaving.Contains(member.SiloAddress))) lost.Last = time.GetUtcNow();
                known = [.. members.Where(member => member.Status != SiloStatus.Dead).Select(member => member.SiloAddress)];
                leaving.IntersectWith(known);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host ends.
        }
    }
}
