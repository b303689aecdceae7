using FleetMonitor.Core;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Storage;

namespace FleetMonitor.Grains;

public sealed partial class ModelGrain
{
    /// <summary>A checkpoint that failed is not tried again with every tick: making one costs as much as saving it.</summary>
    private static readonly TimeSpan ForgetAgainAfter = TimeSpan.FromMinutes(1);

    // Models that fell silent together are not written together: each is due at a time of its own, in the last quarter of the time allowed.
    private long Retention => (long)(UnixTime.From(options.Value.FeatureRetention) * (0.75 + (0.25 * ((uint)Name.GetHashCode(StringComparison.Ordinal) / (double)uint.MaxValue))));

    /// <summary>
    /// Lets go of rows with feature values that are older than they may be: a checkpoint takes the place of the log, and a reference whose capture
    /// does not come to its end begins anew. Of a retired model that is all of them, at once.
    /// </summary>
    private async Task Forget()
    {
        if (_monitor is not { } monitor || _lease is not { } lease) return;
        var before = monitor.Retired ? long.MaxValue : Now - Retention;
        if (monitor.CapturingSince < before)
        {
            try
            {
                await Append(monitor, lease, new LogEntry(LogEntryKind.Forget, Now, null, 0, default), null);
            }
            catch (Exception exception) when (exception is ModelUnavailableException or StoreException)
            {
                // The store refuses for the moment, or the model has moved; the next tick tries again.
                return;
            }
        }
        var failedJustNow = _checkpointFailed is { } failed && time.GetElapsedTime(failed) < ForgetAgainAfter;
        if (_oldestLogged < before && !failedJustNow && _checkpoint.IsCompleted) _checkpoint = SaveCheckpoint();
        await _checkpoint;
    }
}
