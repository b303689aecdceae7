using FleetMonitor.Api.Hosting;
using FleetMonitor.Grains;
using Microsoft.Extensions.Hosting;

namespace FleetMonitor.Api.Gateway;

/// <summary>A gateway is ready when it reaches a silo that can keep a batch. It asks one every second, so that a probe is answered from what is known.</summary>
internal sealed class GatewayReadiness(IGrainFactory grains, TimeProvider time) : FleetReadiness, IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stopping = new();
    private volatile string? _obstacle = "no silo has answered yet";
    private Task _asking = Task.CompletedTask;

    public override string? Obstacle => _obstacle;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _asking = KeepAsking();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _asking.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _asking;
        _stopping.Dispose();
    }

    private async Task KeepAsking()
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do _obstacle = await Ask(_stopping.Token);
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    private async Task<string?> Ask(CancellationToken cancellation)
    {
        try
        {
            var health = await grains.GetGrain<IFleetGrain>(0).Health().WaitAsync(Patience, time, cancellation);
            return health.IsReady ? null : health.Reason ?? "the store cannot keep a batch";
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return $"no silo answers: {exception.Message}";
        }
    }
}
