using Microsoft.Extensions.Hosting;

namespace FleetMonitor.Grains;

internal static class HostStart
{
    /// <summary>Waits until the host has started; before that a silo has not joined.</summary>
    public static async Task StartedAsync(this IHostApplicationLifetime lifetime, CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }
}
