using Microsoft.Extensions.Hosting;

namespace FleetMonitor.Grains.Placement;

/// <summary>When a silo was last declared dead that had not said it was leaving, as this one sees it: what tells a loss from a cluster that was made smaller.</summary>
public sealed class LostSilos(IClusterMembershipService membership, TimeProvider time) : BackgroundService
{
    private long _last;

    /// <summary>Null: not since this silo started.</summary>
    public DateTimeOffset? Last => Interlocked.Read(ref _last) is not 0 and var last ? DateTimeOffset.FromUnixTimeMilliseconds(last) : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            Dictionary<SiloAddress, SiloStatus> before = [];
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
            {
                // One that leaves is shutting down first.
                if (snapshot.Members.Values.Any(member => member.Status == SiloStatus.Dead && before.GetValueOrDefault(member.SiloAddress) == SiloStatus.Active))
                {
                    Interlocked.Exchange(ref _last, time.GetUtcNow().ToUnixTimeMilliseconds());
                }
                before = snapshot.Members.Values.ToDictionary(member => member.SiloAddress, member => member.Status);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host ends.
        }
    }
}
